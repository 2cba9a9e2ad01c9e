import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { type SecureContextOptions, Server as TlsServer, type TlsOptions } from 'node:tls';
import { type ListenAddress, listenOn, type ListenOptions } from './listen-address.js';
import { ProxyProtocol, type ProxyProtocolOptions } from './proxy-protocol.js';
import { checkedLimit } from './ws-server-options.js';
import type { Clock } from '../time/clock.js';
import { TimingWheel } from '../time/timing-wheel.js';

export interface HttpListenerOptions {
  /**
   * TLS, with what `node:tls` takes: `key` and `cert`, `SNICallback`, `requestCert` and `ca` for the certificates of clients,
   * `minVersion`, `ALPNProtocols` …
   * @default none: plain `ws:`, for loopback or behind a proxy that takes TLS off
   */
  readonly tls?: Omit<TlsOptions, 'handshakeTimeout'>;
  /**
   * How long a client may take for its TLS handshake, in milliseconds; past it the socket ends.
   * @default 10000
   */
  readonly tlsHandshakeTimeoutMs?: number;
  /**
   * How long a peer may take for its opening handshake, in milliseconds, looked at every second; past it 408. It is counted anew
   * for a PROXY header, past which the socket ends. `Infinity` for no limit.
   * @default 10000
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * The PROXY protocol (version 1 and 2): every connection MUST begin with its header, and MUST come from a listed peer.
   * @default none: such a header is a malformed request
   */
  readonly proxyProtocol?: ProxyProtocolOptions;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

/** How often Node looks for handshakes that take too long, in milliseconds. */
const CHECKING_INTERVAL_MS = 1000;

/** An HTTP or HTTPS server of our own, on any number of addresses, for one `WsServer` or for several that share its ports. */
export class HttpListener {
  /** Node's server: for its events (`tlsClientError` says why a TLS handshake failed), and for other users of its upgrades. */
  readonly server: HttpServer;
  private readonly proxyProtocol: ProxyProtocol | undefined;
  /** The server itself has the first address; a further one has a socket of its own, and hands over whom it accepts. */
  private readonly further: NetServer[] = [];

  /**
   * @param onRequest - gets what is no upgrade. @default 426
   * @throws RangeError for a time out of its range, SyntaxError for an address that is none, Node's error for what TLS can't use.
   */
  constructor(options: HttpListenerOptions = {}, onRequest: RequestListener = answerUpgradeRequired) {
    const { tls, proxyProtocol, clock } = options;
    const timeoutMs = checkedLimit('handshakeTimeoutMs', options.handshakeTimeoutMs);
    const handshakeTimeout = nodeTimeout(checkedLimit('tlsHandshakeTimeoutMs', options.tlsHandshakeTimeoutMs));
    const headersTimeout = nodeTimeout(timeoutMs);
    const times = {
      headersTimeout,
      requestTimeout: headersTimeout,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    };
    this.server =
      tls === undefined
        ? createServer(times, onRequest)
        : createSecureServer({ ...tls, ...times, handshakeTimeout }, onRequest);
    this.proxyProtocol =
      proxyProtocol && new ProxyProtocol(this.server, proxyProtocol, TimingWheel.of(clock), timeoutMs);
  }

  /** @internal */
  get hasProxyProtocol(): boolean {
    return this.proxyProtocol !== undefined;
  }

  /** Where it listens, in the order of the calls. */
  get addresses(): readonly ListenAddress[] {
    return this.listening().map((server) => server.address() as ListenAddress);
  }

  /**
   * Listens on one more address.
   *
   * @throws the operating system's error, such as EADDRINUSE or EACCES; what listened before goes on.
   */
  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (!this.server.listening) return listenOn(this.server, options);
    // HTTP handles half-open sockets itself. TLS does not: a client that goes in the middle of its handshake would stay for all its time.
    const allowHalfOpen = !(this.server instanceof TlsServer);
    const server = createNetServer({ allowHalfOpen }, (socket: Socket) => this.server.emit('connection', socket));
    const address = await listenOn(server, options);
    this.further.push(server);
    return address;
  }

  /**
   * Uses another certificate for the TLS handshakes from now on; the connections that are open keep theirs.
   *
   * @throws Error on a server without TLS, Node's error for what TLS can't use.
   */
  setSecureContext(options: SecureContextOptions): void {
    const { server } = this;
    if (!(server instanceof TlsServer)) throw new Error('This server speaks no TLS: create it with the option tls');
    server.setSecureContext(options);
  }

  /**
   * Listens no longer, ends what is left of HTTP requests once `finished`, and resolves when every socket is gone.
   *
   * @param finished - while it is pending, requests go on; what was upgraded is for its owner to end.
   */
  async close(finished: Promise<unknown> = Promise.resolve()): Promise<void> {
    const closed = this.listening().map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.further.length = 0;
    this.proxyProtocol?.close();
    await finished;
    // Requests that have not come to their end would be waited for as long as they like.
    this.server.closeAllConnections();
    await Promise.all(closed);
  }

  private listening(): NetServer[] {
    return [this.server, ...this.further].filter(({ listening }) => listening);
  }
}

/** Node takes 0 for no limit. */
function nodeTimeout(ms: number): number {
  return ms === Infinity ? 0 : Math.ceil(ms);
}

const answerUpgradeRequired: RequestListener = (_request, response) => {
  response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end('This server speaks WebSocket');
};
