import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Attempt } from './attempt.js';
import { HandshakeError } from './handshake-error.js';
import type { Proxy } from './proxy-options.js';
import { tlsFailure } from './tls-failure.js';
import { openTunnel } from './tunnel.js';

/** Where the connection goes, and how. */
export interface Route {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Present for `wss:`. */
  readonly tls: ConnectionOptions | undefined;
  /** A unix socket that is connected to instead. */
  readonly socketPath: string | undefined;
  readonly proxy: Proxy | undefined;
  /** The address of this machine, where it is chosen. */
  readonly from: { readonly localAddress?: string };
}

/** Opens what the HTTP handshake will go over: TCP or a unix socket, through a proxy perhaps, by TLS perhaps. */
export async function openTransport(route: Route, attempt: Attempt): Promise<Socket> {
  const { host, port, tls, proxy } = route;
  const socket = proxy === undefined ? await openSocket(route, attempt) : await throughProxy(route, proxy, attempt);
  if (tls === undefined) return socket;
  return secure(socket, host, tls, attempt, (cause) => tlsFailure(`${host}:${String(port)}`, cause));
}

async function throughProxy(route: Route, proxy: Proxy, attempt: Attempt): Promise<Socket> {
  const failed = (cause: Error): HandshakeError =>
    new HandshakeError(`No connection to the proxy: ${cause.message}`, { reason: 'proxy', cause });
  const { host, port, from } = route;
  const direct = await open({ host: proxy.host, port: proxy.port, ...from }, attempt, failed);
  const socket = proxy.secure ? await secure(direct, proxy.host, proxy.tls, attempt, failed) : direct;
  return openTunnel(socket, host, port, proxy, attempt);
}

function openSocket({ host, port, socketPath, from }: Route, attempt: Attempt): Promise<Socket> {
  const where = socketPath === undefined ? { host, port, ...from } : { path: socketPath };
  return open(where, attempt, (cause) => {
    return new HandshakeError(`No connection: ${cause.message}`, { reason: 'network', cause });
  });
}

function open(where: NetConnectOpts, attempt: Attempt, failed: (cause: Error) => HandshakeError): Promise<Socket> {
  return ready(connectTcp(where), 'connect', attempt, failed);
}

/** TLS over a socket that is there. */
async function secure(
  socket: Socket,
  host: string,
  options: ConnectionOptions,
  attempt: Attempt,
  failed: (cause: Error) => HandshakeError,
): Promise<TLSSocket> {
  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in 'HostName'."
  const servername = isIP(host) === 0 ? host : '';
  let session: TLSSocket;
  try {
    session = connectTls({ servername, ...options, host, socket });
  } catch (error) {
    // What TLS can't use is the caller's mistake; the socket is nobody's.
    socket.destroy();
    throw error;
  }
  return ready(session, 'secureConnect', attempt, failed);
}

function ready<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  attempt: Attempt,
  failed: (cause: Error) => HandshakeError,
): Promise<S> {
  // What goes wrong with a socket between two steps, or after one has failed, shows in the next one or is of no interest.
  socket.on('error', ignore);
  return attempt.step<S>(socket, (done, fail) => {
    const onReady = (): void => done(socket);
    const onError = (cause: Error): void => fail(failed(cause));
    const onClose = (): void => fail(failed(new Error('the other end has closed it')));
    socket.once(event, onReady).once('error', onError).once('close', onClose);
    return () => socket.off(event, onReady).off('error', onError).off('close', onClose);
  });
}

/** Listens to a socket's errors until the connection does. */
export function ignore(): void {
  // See `ready`.
}
