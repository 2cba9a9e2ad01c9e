import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  acceptKey,
  acceptOffer,
  type ClientHandshake,
  type HandshakeResult,
  type HeaderLines,
  Role,
  selectSubprotocol,
  serializeAcceptance,
  validateRequest,
} from '@nestwire/protocol';
import type { Negotiated } from '../connection/connection-settings.js';
import type { Caller } from './caller.js';
import { RequestFacts } from '../connection/request-facts.js';
import { tlsFacts } from '../connection/tls-facts.js';
import { sha1Base64 } from '../connection/sha1.js';
import { DeflateCodec } from '../deflate/deflate-codec.js';
import type { ResolvedDeflate } from '../deflate/deflate-options.js';

/** Node's request in the protocol's words. */
export function readHandshake(request: IncomingMessage, headers: HeaderLines): HandshakeResult {
  return validateRequest({
    method: request.method ?? '',
    httpVersionMajor: request.httpVersionMajor,
    httpVersionMinor: request.httpVersionMinor,
    target: request.url ?? '',
    headers,
  });
}

/** What a server offers to its clients. */
export interface ServerTerms {
  readonly subprotocols: readonly string[];
  readonly deflate: ResolvedDeflate | undefined;
  readonly maxMessageBytes: number;
}

/**
 * Writes the 101, and returns what it has settled. RFC 6455 §4.2.2.
 *
 * @param chosen - of the client's subprotocols; by default the first that the terms know.
 */
export function acceptUpgrade(
  socket: Duplex,
  handshake: ClientHandshake,
  terms: ServerTerms,
  chosen?: string,
): Negotiated {
  const subprotocol = chosen ?? selectSubprotocol(handshake.subprotocols, terms.subprotocols);
  const accepted = terms.deflate && acceptOffer(handshake.extensions, terms.deflate.policy);
  const accept = acceptKey(handshake.key, sha1Base64);
  // Tokens and base64: ASCII, which takes less to write as what it is than as UTF-8.
  socket.write(serializeAcceptance({ accept, subprotocol, extensions: accepted?.response }), 'latin1');
  const deflate =
    accepted &&
    terms.deflate &&
    new DeflateCodec(accepted.agreement, Role.Server, terms.deflate, terms.maxMessageBytes);
  return { subprotocol, extensions: accepted?.response ?? '', deflate };
}

/** What of the request outlives it. */
export function requestFacts(
  request: IncomingMessage,
  headers: HeaderLines,
  { target }: ClientHandshake,
  { host, remoteAddress, secure }: Caller,
  countedAs: string | undefined,
): RequestFacts {
  const { socket } = request;
  const facts = {
    path: target.path,
    query: target.query,
    host,
    // `request.headers` would read all of them once more. There is one line at most: more are refused.
    origin: headers['origin']?.[0],
    secure,
    remoteAddress,
    peerAddress: socket.remoteAddress,
    tls: socket instanceof TLSSocket ? tlsFacts(socket) : undefined,
  };
  return new RequestFacts(facts, countedAs);
}
