import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { CloseCode, refuse, Role } from '@nestwire/protocol';
import { Admission } from './admission.js';
import { acceptUpgrade, readHandshake, requestFacts, type ServerTerms } from './accept-upgrade.js';
import { headerLines } from './header-lines.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { type UpgradeEndpoint, type UpgradeRouter, upgradeRouterOf } from './upgrade-router.js';
import type { DirectPeer } from './caller.js';
import { checkedLimit, resolveTcp, type WsServerOptions } from './ws-server-options.js';
import { serializeCloseBody } from '../connection/close-frame.js';
import { Connection, type ConnectionSettings } from '../connection/connection.js';
import { MemoryBudget } from '../connection/memory-budget.js';
import { prepareSocket, type ResolvedTcp } from '../connection/tcp-options.js';
import type { WsConnection } from '../connection/ws-connection.js';
import { resolveDeflate } from '../deflate/deflate-options.js';
import { TimingWheel } from '../time/timing-wheel.js';

/**
 * A WebSocket server: on an HTTP server that exists, or on one of its own.
 *
 * ```ts
 * const server = new WsServer({
 *   onConnection: () => ({ onMessage: (connection, message) => connection.send(message) }),
 * });
 * await server.listen(9001);
 * ```
 */
export class WsServer implements UpgradeEndpoint {
  /** One timer for all deadlines of connections; users of the engine may hang theirs on it as well. */
  readonly wheel: TimingWheel;

  private readonly httpServer: HttpServer;
  private readonly router: UpgradeRouter;
  private readonly ownsHttpServer: boolean;
  private readonly settings: ConnectionSettings;
  private readonly admission: Admission;
  private readonly terms: ServerTerms;
  private readonly tcp: ResolvedTcp;
  private readonly live = new Set<Connection>();
  private closing: Promise<void> | null = null;
  private onEmpty: (() => void) | null = null;

  /** @throws RangeError for a limit out of its range, SyntaxError for a trusted proxy that is no address. */
  constructor(private readonly options: WsServerOptions) {
    this.wheel = TimingWheel.of(options.clock);
    this.admission = new Admission(options);
    const maxMessageBytes = checkedLimit('maxMessageBytes', options.maxMessageBytes);
    this.terms = {
      subprotocols: options.subprotocols ?? [],
      deflate: resolveDeflate(options.perMessageDeflate),
      maxMessageBytes,
    };
    this.settings = {
      parser: {
        role: Role.Server,
        maxMessageBytes,
        maxFragments: checkedLimit('maxFragments', options.maxFragments),
        allocate: (size) => Buffer.allocUnsafeSlow(size),
      },
      wheel: this.wheel,
      closeTimeoutMs: checkedLimit('closeTimeoutMs', options.closeTimeoutMs),
      outboundHighWaterBytes: checkedLimit('outboundHighWaterBytes', options.outboundHighWaterBytes),
      unfinished: new MemoryBudget(checkedLimit('maxUnfinishedBytes', options.maxUnfinishedBytes)),
      onClosed: (connection) => this.forget(connection),
    };
    this.tcp = resolveTcp(options);
    this.ownsHttpServer = options.server === undefined;
    this.httpServer = options.server ?? createOwnServer(checkedLimit('handshakeTimeoutMs', options.handshakeTimeoutMs));
    if (!this.ownsHttpServer) warnIfUnbounded(this.httpServer);
    this.router = upgradeRouterOf(this.httpServer);
    this.router.add(this);
  }

  /** The open connections. */
  get connections(): ReadonlySet<WsConnection> {
    return this.live;
  }

  /**
   * Listens, where the HTTP server is this server's own.
   *
   * @param port - 0 for any that is free; the answer says which.
   * @throws the operating system's error, such as EADDRINUSE; Error on a shared HTTP server, whose owner listens.
   */
  async listen(port = 0, host = '127.0.0.1'): Promise<AddressInfo> {
    if (!this.ownsHttpServer) throw new Error('This HTTP server is shared: call listen() on the HTTP server itself');
    await new Promise<void>((resolve, reject) => {
      this.httpServer.once('error', reject);
      this.httpServer.listen(port, host, () => {
        this.httpServer.off('error', reject);
        resolve();
      });
    });
    return this.httpServer.address() as AddressInfo;
  }

  /**
   * Refuses new connections with 503 and ends the open ones by a closing handshake each; then ends the HTTP server, if it
   * is this server's own. Further calls wait for the first.
   *
   * @param code - what a server may send. @default 1001
   * @param reason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that a server may not send, or a longer reason; nothing is closed then.
   */
  async close(code: number = CloseCode.GoingAway, reason = ''): Promise<void> {
    serializeCloseBody(code, reason, Role.Server);
    await (this.closing ??= this.end(code, reason));
  }

  /** @internal */
  serves(path: string): boolean {
    const served = this.options.path;
    if (served === undefined) return true;
    if (typeof served === 'function') return served(path);
    return typeof served === 'string' ? served === path : served.includes(path);
  }

  /** @internal */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.closing !== null) {
      const refusal = refuse(503, 'The server is going away', { 'Retry-After': '1' });
      return refuseUpgrade(socket, refusal, this.wheel);
    }
    const headers = headerLines(request);
    const result = readHandshake(request, headers);
    if (!result.ok) return refuseUpgrade(socket, result.refusal, this.wheel);
    const { handshake } = result;
    const admission = this.admission.admit(peerOf(request, handshake.host), headers, this.httpServer.address());
    if (!admission.ok) return refuseUpgrade(socket, admission.refusal, this.wheel);

    if (socket instanceof Socket) prepareSocket(socket, this.tcp);
    const negotiated = acceptUpgrade(socket, handshake, this.terms);
    const connection = new Connection(
      socket,
      this.settings,
      requestFacts(request, handshake, admission.caller),
      negotiated,
    );
    this.live.add(connection);
    connection.start(this.options.onConnection(connection), head);
  }

  private forget(connection: Connection): void {
    this.live.delete(connection);
    if (this.live.size === 0) this.onEmpty?.();
  }

  private async end(code: number, reason: string): Promise<void> {
    for (const connection of this.live) connection.close(code, reason);
    const httpClosed = this.ownsHttpServer
      ? new Promise<void>((resolve) => this.httpServer.close(() => resolve()))
      : Promise.resolve();
    if (this.live.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
    // What is left of HTTP are requests that have not come to their end, and would be waited for as long as they like.
    if (this.ownsHttpServer) this.httpServer.closeAllConnections();
    await httpClosed;
    this.router.remove(this);
  }
}

function peerOf({ socket }: IncomingMessage, host: string): DirectPeer {
  return { address: socket.remoteAddress, encrypted: socket instanceof TLSSocket, host };
}

/** How often Node looks for handshakes that take too long, in milliseconds. */
const CHECKING_INTERVAL_MS = 1000;

function createOwnServer(handshakeTimeoutMs: number): HttpServer {
  const timeout = handshakeTimeoutMs === Infinity ? 0 : Math.ceil(handshakeTimeoutMs);
  const times = { headersTimeout: timeout, requestTimeout: timeout, connectionsCheckingInterval: CHECKING_INTERVAL_MS };
  return createServer(times, answerUpgradeRequired);
}

let warned = false;

/** Once: on a shared server the time for a handshake is its owner's to bound. */
function warnIfUnbounded({ headersTimeout, requestTimeout }: HttpServer): void {
  if (warned || headersTimeout > 0 || requestTimeout > 0) return;
  warned = true;
  process.emitWarning('A shared HTTP server gives its clients all the time in the world: set its headersTimeout', {
    code: 'NESTWIRE_UNBOUNDED_HANDSHAKE',
  });
}

function answerUpgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end('This server speaks WebSocket');
}
