import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Attempt } from './attempt.js';
import { describeError } from './describe-error.js';
import { HandshakeError } from './handshake-error.js';
import { keptBody } from './kept-body.js';
import type { Proxy } from './proxy-options.js';

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
  const refusal = await askProxy(socket, authority, proxy, attempt);
  if (refusal === undefined) return socket;
  const { statusCode: status = 0, headers } = refusal;
  const body = await keptBody(refusal, socket, attempt);
  socket.destroy();
  throw new HandshakeError(`The proxy refused with ${String(status)}`, { reason: 'proxy', status, headers, body });
}

/** @returns the proxy's refusal, if it is one. */
function askProxy(
  socket: Socket,
  authority: string,
  proxy: Proxy,
  attempt: Attempt,
): Promise<IncomingMessage | undefined> {
  return attempt.step<IncomingMessage | undefined>(socket, (done, fail) => {
    const failed = (cause: Error): void => {
      fail(new HandshakeError(`No answer from the proxy: ${describeError(cause)}`, { reason: 'proxy', cause }));
    };
    const request = httpRequest({
      createConnection: () => socket,
      method: 'CONNECT',
      path: authority,
      headers: { ...proxy.headers, Host: authority },
    });
    // Node's `close` would be for what it takes for the end of the exchange; a tunnel is the beginning.
    request.removeHeader('Connection');
    // To Node every answer to a CONNECT opens a tunnel, a refusal too.
    request.once('connect', (response: IncomingMessage, _socket: unknown, head: Buffer) => {
      const { statusCode = 0 } = response;
      if (statusCode > 299) readAgain(socket, response, head, done, failed);
      else if (statusCode < 200) failed(new Error(`it says ${String(statusCode)} before it has an answer`));
      else {
        // Some servers speak first; a proxy may have their bytes in the same segment.
        if (head.length > 0) socket.unshift(head);
        done(undefined);
      }
    });
    request.on('error', failed).end();
    return () => undefined;
  });
}

/**
 * Has Node read a refusal once more, as the answer to a GET that is never sent: then it knows where the body ends, and takes the chunks of
 * one that comes in chunks apart.
 */
function readAgain(
  socket: Socket,
  response: IncomingMessage,
  head: Buffer,
  done: (refusal: IncomingMessage) => void,
  failed: (cause: Error) => void,
): void {
  const { rawHeaders } = response;
  let lines = `HTTP/1.1 ${String(response.statusCode)} \r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) lines += `${rawHeaders[i] ?? ''}: ${rawHeaders[i + 1] ?? ''}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(`${lines}\r\n`, 'latin1'), head]));
  httpRequest({ createConnection: () => socket })
    .on('response', done)
    .on('error', failed);
}
