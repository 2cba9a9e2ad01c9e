import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { HandshakeFailure, type SentOffer, validateResponse } from '@nestwire/protocol';
import type { Attempt } from './attempt.js';
import { HandshakeError, KEPT_BODY_BYTES } from './handshake-error.js';
import { isTlsAlert, tlsFailure } from './tls-failure.js';
import { headerLines } from '../server/header-lines.js';

export interface Exchanged {
  readonly response: IncomingMessage;
  /** What came behind the answer already. */
  readonly head: Buffer;
}

/** Sends the request over an open transport and waits for the answer: a 101, or the reason why there is none. */
export function exchange(
  socket: Socket,
  target: URL,
  headers: Record<string, string>,
  sent: SentOffer,
  attempt: Attempt,
): Promise<Exchanged> {
  const request = httpRequest({
    createConnection: () => socket,
    path: `${target.pathname}${target.search}`,
    headers: { Host: target.host, ...headers },
  });
  return attempt.step<Exchanged>(request, (done, fail) => {
    request.on('upgrade', (response, _socket, head) => done({ response, head }));
    request.on('response', (response) => {
      // To Node, a 101 that lacks its headers is a response like any other.
      if (response.statusCode === 101) fail(unusable(response, sent));
      else readRefusal(request, response, fail);
    });
    request.on('error', (cause) => fail(broken(socket, target, cause)));
    request.end();
    return () => request.removeAllListeners('upgrade').removeAllListeners('response');
  });
}

function broken(socket: Socket, target: URL, cause: Error): HandshakeError {
  if (socket instanceof TLSSocket && isTlsAlert(cause)) return tlsFailure(target.host, cause);
  return new HandshakeError(`No connection: ${cause.message}`, { reason: 'network', cause });
}

/** A 101 that fails the handshake. */
export function unusable(response: IncomingMessage, sent: SentOffer): HandshakeError {
  const status = response.statusCode ?? 0;
  const result = validateResponse({ status, headers: headerLines(response) }, sent);
  const reason = result.ok ? HandshakeFailure.Upgrade : result.failure;
  const { headers } = response;
  return new HandshakeError(`The server's answer fails the handshake: ${reason}`, { reason, status, headers });
}

/** Any other status is an answer as well: it is read, and told. */
function readRefusal(request: ClientRequest, response: IncomingMessage, fail: (error: Error) => void): void {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let length = 0;
  const tell = (): void => {
    const body = Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString();
    const { headers } = response;
    const message = `The server refused with ${String(status)}`;
    fail(new HandshakeError(message, { reason: HandshakeFailure.Status, status, headers, body }));
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= KEPT_BODY_BYTES) tell();
  });
  response.on('end', tell);
  response.on('error', tell);
  request.on('close', tell);
}
