import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { normalizeAddress, ProxyAddresses } from './proxy-addresses.js';
import { parseProxyHeader, type ProxiedSource } from './proxy-header.js';
import { Deadline, type TimingWheel } from '../time/timing-wheel.js';

/** The PROXY protocol, with which a balancer on the level of TCP says in front of all bytes who is behind it. */
export interface ProxyProtocolOptions {
  /**
   * Who may speak it, and then has to: addresses, CIDR ranges, `loopback`, `linklocal`, `uniquelocal`, and `unix` for whoever reaches
   * a unix socket. All others are dropped, and so is one of these without a header. Danger: whoever stands in a listed range can
   * claim any address.
   */
  readonly from: readonly string[];
}

const sources = new WeakMap<object, ProxiedSource>();

/** What the PROXY header of this socket said; `undefined` where there was none, or where the proxy spoke for itself. */
export function proxiedSource(socket: object): ProxiedSource | undefined {
  return sources.get(socket);
}

/**
 * Stands before an HTTP or HTTPS server: takes the PROXY header off each of its sockets, and hands over what is behind it. Both
 * versions of https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt are understood.
 */
export class ProxyProtocol {
  private readonly listed: ProxyAddresses;
  /** The sockets whose header is still to come. */
  private readonly waiting = new Set<HeaderReader>();
  /** On a TLS server it leads from the raw socket, which has the header, to the one that is made of it, which HTTP gets. */
  private readonly current = new AsyncLocalStorage<ProxiedSource | undefined>();

  /** @throws SyntaxError for an address that is none. */
  constructor(
    private readonly server: HttpServer,
    { from }: ProxyProtocolOptions,
    private readonly wheel: TimingWheel,
    private readonly timeoutMs: number,
  ) {
    this.listed = new ProxyAddresses(from);
    const listeners = server.listeners('connection') as ((this: HttpServer, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => this.accept(socket, listeners));
    if (server instanceof TlsServer) {
      server.prependListener('secureConnection', (socket: object) => this.keep(socket, this.current.getStore()));
    }
  }

  /** Drops the sockets that have not said who they are. */
  close(): void {
    for (const reader of this.waiting) reader.drop();
  }

  private accept(socket: Socket, listeners: readonly ((this: HttpServer, socket: Socket) => void)[]): void {
    const { remoteAddress } = socket;
    if (!this.listed.has(remoteAddress === undefined ? undefined : normalizeAddress(remoteAddress))) {
      socket.destroy();
      return;
    }
    const reader = new HeaderReader(socket, (source) => {
      this.wheel.disarm(reader);
      this.waiting.delete(reader);
      if (source === null) return;
      this.keep(socket, source);
      this.current.run(source, () => {
        for (const listener of listeners) listener.call(this.server, socket);
      });
    });
    this.waiting.add(reader);
    this.wheel.arm(reader, this.timeoutMs);
  }

  private keep(socket: object, source: ProxiedSource | undefined): void {
    if (source !== undefined) sources.set(socket, source);
  }
}

/** Reads one socket's header, and leaves what is behind it in the socket. */
class HeaderReader extends Deadline {
  private received = Buffer.alloc(0);

  /** @param settle - gets what the header says, or `null` where the socket is gone without one. */
  constructor(
    private readonly socket: Socket,
    private readonly settle: (source: ProxiedSource | undefined | null) => void,
  ) {
    super();
    socket.on('readable', this.read).on('error', this.drop).on('close', this.drop).on('end', this.drop);
  }

  override onDeadline(): void {
    this.drop();
  }

  readonly drop = (): void => {
    this.leave();
    this.socket.on('error', ignore).destroy();
    this.settle(null);
  };

  private readonly read = (): void => {
    const chunk = this.socket.read() as Buffer | null;
    if (chunk === null) return;
    this.received = Buffer.concat([this.received, chunk]);
    const header = parseProxyHeader(this.received);
    if (header === 'incomplete') return;
    if (header === 'malformed') return this.drop();
    this.leave();
    const rest = this.received.subarray(header.length);
    if (rest.length > 0) this.socket.unshift(rest);
    this.settle(header.source);
  };

  private leave(): void {
    this.socket.off('readable', this.read).off('error', this.drop).off('close', this.drop).off('end', this.drop);
  }
}

function ignore(): void {
  // The socket is being destroyed: what still goes wrong with it is of no interest.
}
