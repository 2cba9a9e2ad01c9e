import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Attempt } from './attempt.js';
import { HandshakeError, KEPT_BODY_BYTES } from './handshake-error.js';
import type { Proxy } from './proxy-options.js';

interface Answer {
  readonly response: IncomingMessage;
  readonly head: Buffer;
}

/**
 * Asks a proxy for a way through: "any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch to
 * tunnel mode" (RFC 9110 §9.3.6).
 */
export async function openTunnel(
  socket: Socket,
  host: string,
  port: number,
  proxy: Proxy,
  attempt: Attempt,
): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  const { response, head } = await askProxy(socket, authority, proxy, attempt);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) {
    const body = await readBody(socket, head, Number(response.headers['content-length'] ?? Infinity), attempt);
    socket.destroy();
    const message = `The proxy refused with ${String(status)}`;
    throw new HandshakeError(message, { reason: 'proxy', status, headers: response.headers, body });
  }
  // Some servers speak first; a proxy may have their bytes in the same segment.
  if (head.length > 0) socket.unshift(head);
  return socket;
}

function askProxy(socket: Socket, authority: string, proxy: Proxy, attempt: Attempt): Promise<Answer> {
  const request = httpRequest({
    createConnection: () => socket,
    method: 'CONNECT',
    path: authority,
    headers: { ...proxy.headers, Host: authority },
  });
  return attempt.step<Answer>(request, (done, fail) => {
    const failed = (cause: Error): void =>
      fail(new HandshakeError(`No answer from the proxy: ${cause.message}`, { reason: 'proxy', cause }));
    // To Node every final answer to a CONNECT is one, a refusal too.
    const onConnect = (response: IncomingMessage, _socket: unknown, head: Buffer): void => done({ response, head });
    request.once('connect', onConnect).on('error', failed).end();
    return () => request.off('connect', onConnect);
  });
}

/** The body of a refusal, or the beginning of it: what is behind the head is a bare socket's. */
function readBody(socket: Socket, head: Buffer, announced: number, attempt: Attempt): Promise<string> {
  const enough = Math.min(announced, KEPT_BODY_BYTES);
  const chunks = [head];
  let length = head.length;
  const body = (): string => Buffer.concat(chunks).subarray(0, enough).toString();
  return attempt.step<string>(socket, (done) => {
    const tell = (): void => done(body());
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= enough) tell();
    };
    socket.on('data', onData).on('end', tell).on('close', tell);
    if (length >= enough) queueMicrotask(tell);
    return () => socket.off('data', onData).off('end', tell).off('close', tell);
  });
}
