import { connect as connectTcp, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Attempt } from './attempt.js';
import { describeError } from './describe-error.js';
import { HandshakeError } from './handshake-error.js';
import type { Proxy } from './proxy-options.js';
import { tlsFailure } from './tls-failure.js';
import { type ClientTlsOptions, serverName } from './tls-options.js';
import { openTunnel } from './tunnel.js';
import { prepareSocket, type ResolvedTcp } from '../connection/tcp-options.js';

/** Where the connection goes, and how. */
export interface Route {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Present for `wss:`. */
  readonly tls: ClientTlsOptions | undefined;
  /** A unix socket that is connected to instead. */
  readonly socketPath: string | undefined;
  readonly proxy: Proxy | undefined;
  /** What is chosen of how TCP connects, to the proxy if there is one. */
  readonly dialing: Dialing;
  readonly tcp: ResolvedTcp;
}

export interface Dialing {
  readonly localAddress?: string;
  readonly family?: 4 | 6;
  readonly lookup?: LookupFunction;
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
    new HandshakeError(`No connection to the proxy: ${describeError(cause)}`, { reason: 'proxy', cause });
  const { host, port, dialing, tcp } = route;
  const direct = await open({ host: proxy.host, port: proxy.port, ...dialing }, tcp, attempt, failed);
  const socket = proxy.tls === undefined ? direct : await secure(direct, proxy.host, proxy.tls, attempt, failed);
  return openTunnel(socket, host, port, proxy, attempt);
}

function openSocket({ host, port, socketPath, dialing, tcp }: Route, attempt: Attempt): Promise<Socket> {
  const where = socketPath === undefined ? { host, port, ...dialing } : { path: socketPath };
  return open(where, tcp, attempt, (cause) => {
    const place = socketPath ?? `${host}:${String(port)}`;
    return new HandshakeError(`No connection to ${place}: ${describeError(cause)}`, { reason: 'network', cause });
  });
}

async function open(
  where: NetConnectOpts,
  tcp: ResolvedTcp,
  attempt: Attempt,
  failed: (cause: Error) => HandshakeError,
): Promise<Socket> {
  const socket = await ready(connectTcp(where), 'connect', attempt, failed);
  // Before anything else: what is asked of a proxy, and TLS, are small writes as well.
  prepareSocket(socket, tcp);
  return socket;
}

/** TLS over a socket that is there. */
function secure(
  socket: Socket,
  host: string,
  options: ClientTlsOptions,
  attempt: Attempt,
  failed: (cause: Error) => HandshakeError,
): Promise<TLSSocket> {
  // The host is what the certificate has to be for, unless the options name another.
  const session = connectTls({ servername: serverName(host), ...options, host, socket });
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
