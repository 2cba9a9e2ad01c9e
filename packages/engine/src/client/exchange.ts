import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HandshakeFailure, type SentOffer, validateResponse } from '@nestwire/protocol';
import type { Attempt } from './attempt.js';
import { codeOf, describeError } from './describe-error.js';
import { HandshakeError } from './handshake-error.js';
import { keptBody } from './kept-body.js';
import { isTlsAlert, tlsFailure } from './tls-failure.js';
import { headerLines } from '../server/header-lines.js';

export interface Exchanged {
  readonly response: IncomingMessage;
  /** What came behind the answer already. */
  readonly head: Buffer;
}

/** Sends the request over an open transport and waits for the answer: a 101, or the reason why there is none. */
export async function exchange(
  socket: Socket,
  target: URL,
  headers: Record<string, string>,
  sent: SentOffer,
  attempt: Attempt,
): Promise<Exchanged> {
  const { response, head } = await ask(socket, target, headers, attempt);
  if (head !== undefined) return { response, head };
  const status = response.statusCode ?? 0;
  if (status === 101) {
    // To Node, a 101 that lacks its headers is a response like any other.
    socket.destroy();
    throw unusable(response, sent);
  }
  // Any other status is an answer as well: it is read, and told.
  const body = await keptBody(response, socket, attempt);
  socket.destroy();
  const message = `The server refused with ${String(status)}`;
  throw new HandshakeError(message, { reason: HandshakeFailure.Status, status, headers: response.headers, body });
}

interface Answer {
  readonly response: IncomingMessage;
  /** `undefined` where the server has not switched protocols. */
  readonly head: Buffer | undefined;
}

function ask(socket: Socket, target: URL, headers: Record<string, string>, attempt: Attempt): Promise<Answer> {
  return attempt.step<Answer>(socket, (done, fail) => {
    const request = httpRequest({
      createConnection: () => socket,
      path: `${target.pathname}${target.search}`,
      headers: { Host: target.host, ...headers },
    });
    request.on('upgrade', (response, _socket, head) => done({ response, head }));
    request.on('response', (response) => done({ response, head: undefined }));
    request.on('error', (cause) => fail(broken(target, cause)));
    request.end();
    return () => undefined;
  });
}

function broken(target: URL, cause: Error): HandshakeError {
  const secure = target.protocol === 'wss:';
  if (secure && isTlsAlert(cause)) return tlsFailure(target.host, cause);
  // Not every server has an alert for that; Node's has none for a certificate that it has and does not trust.
  const advice =
    secure && codeOf(cause) === 'ECONNRESET'
      ? " (right behind the TLS handshake: does it accept the client's certificate, or want one? See tls.cert)"
      : '';
  return new HandshakeError(`No answer from ${target.host}: ${describeError(cause)}${advice}`, {
    reason: 'network',
    cause,
  });
}

/** A 101 that fails the handshake. */
export function unusable(response: IncomingMessage, sent: SentOffer): HandshakeError {
  const status = response.statusCode ?? 0;
  const result = validateResponse({ status, headers: headerLines(response) }, sent);
  const reason = result.ok ? HandshakeFailure.Upgrade : result.failure;
  const { headers } = response;
  return new HandshakeError(`The server's answer fails the handshake: ${reason}`, { reason, status, headers });
}
