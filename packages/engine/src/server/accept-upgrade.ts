import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  acceptKey,
  type ClientHandshake,
  type HandshakeResult,
  type HeaderLines,
  selectSubprotocol,
  serializeAcceptance,
  validateRequest,
} from '@nestwire/protocol';
import type { Negotiated } from '../connection/connection-settings.js';
import type { Caller } from './caller.js';
import type { DeflateAnswers } from './deflate-answers.js';
import { RepeatedText } from './repeated-text.js';
import { RequestFacts } from '../connection/request-facts.js';
import { tlsFacts } from '../connection/tls-facts.js';
import { sha1Base64 } from '../connection/sha1.js';

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
  readonly deflate: DeflateAnswers | undefined;
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
  const answer = terms.deflate?.answer(handshake.extensions);
  const extensions = answer?.response;
  const accept = acceptKey(handshake.key, sha1Base64);
  // Tokens and base64: ASCII, which takes less to write as what it is than as UTF-8.
  socket.write(serializeAcceptance({ accept, subprotocol, extensions }), 'latin1');
  return { subprotocol, extensions: extensions ?? '', deflate: answer?.codec };
}

const paths = new RepeatedText();
const hosts = new RepeatedText();
const origins = new RepeatedText();

/** What of the request outlives it. */
export function requestFacts(
  request: IncomingMessage,
  headers: HeaderLines,
  { target }: ClientHandshake,
  { host, remoteAddress, secure }: Caller,
  countedAs: string | undefined,
): RequestFacts {
  const { socket } = request;
  // `request.headers` would read all of them once more. There is one line at most: more are refused.
  const origin = headers['origin']?.[0];
  const facts = {
    path: paths.of(target.path),
    query: target.query,
    host: hosts.of(host),
    origin: origin === undefined ? undefined : origins.of(origin),
    secure,
    remoteAddress,
    peerAddress: socket.remoteAddress,
    tls: socket instanceof TLSSocket ? tlsFacts(socket) : undefined,
  };
  return new RequestFacts(facts, countedAs);
}
