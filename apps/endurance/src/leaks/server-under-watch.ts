import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionListener, HttpListener, ServerLimits, WsServer } from '@nestwire/engine';
import { type Footprint, socketsOf, takeFootprint } from '../footprint/footprint.js';

/*
 * The process whose memory is watched: servers with short deadlines, and nothing else. What is asked of it by its parent it
 * answers over the channel between them; the load comes from the parent.
 */

/** Where the servers listen, and what a client needs to trust the one with TLS. */
export interface Ports {
  readonly plain: number;
  readonly tls: number;
  readonly proxied: number;
  readonly authority: string;
}

/** What the parent sends first. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly authority: string;
}

export type Answer = { readonly ports: Ports } | { readonly footprint: Footprint };

const listener: ConnectionListener = {
  onMessage: (connection, message) => {
    if (message === 'close') connection.close(1001, 'as asked');
    else connection.send(message);
  },
};
const onConnection = (): ConnectionListener => listener;

/** Short enough to wait for many times over. */
const DEADLINES = { handshakeTimeoutMs: 1000, tlsHandshakeTimeoutMs: 1000 };

const listeners: HttpListener[] = [];
const servers: WsServer[] = [];

async function serve(options: ConstructorParameters<typeof HttpListener>[0]): Promise<number> {
  const http = new HttpListener({ ...DEADLINES, ...options });
  // Else Node would tell the world of each client that fails.
  http.server.on('tlsClientError', () => undefined);
  // The load comes from few addresses.
  const limits = new ServerLimits({ maxConnectionsPerAddress: Infinity, handshakesPerSecond: Infinity });
  servers.push(new WsServer({ server: http, path: '/', closeTimeoutMs: 500, limits, onConnection }));
  listeners.push(http);
  return ((await http.listen()) as AddressInfo).port;
}

/** What is held once all connections are gone. */
async function footprint(): Promise<Footprint> {
  const http = listeners.map(({ server }) => server);
  while (servers.some(({ connections }) => connections.size > 0) || (await socketsOf(http)) > 0) await delay(10);
  return takeFootprint(http);
}

async function answer(request: Certificate | 'footprint'): Promise<Answer> {
  if (request === 'footprint') return { footprint: await footprint() };
  const { key, cert, authority } = request;
  return {
    ports: {
      plain: await serve({}),
      tls: await serve({ tls: { key, cert } }),
      proxied: await serve({ proxyProtocol: { from: ['loopback'] } }),
      authority,
    },
  };
}

process.on('message', (request: Certificate | 'footprint') => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
