import { type Refusal, refuse } from '@nestwire/protocol';
import { HandshakeRate } from './handshake-rate.js';
import { Limit } from '../connection/limit.js';
import { MemoryBudget } from '../connection/memory-budget.js';

/** The limits that hold for all connections together. */
export interface ServerLimitsOptions {
  /**
   * Connections in all; past it a handshake is answered with 503 and `Retry-After`. Each costs memory (some 7 KiB while idle) and a file
   * descriptor, of which the process has `ulimit -n`. `Infinity` for any number.
   * @default 100000
   */
  readonly maxConnections?: number;
  /**
   * Connections from one address (IPv4; IPv6 by /64); past it a handshake is answered with 429. The address is the client's behind
   * `trustedProxies` and the PROXY protocol; none is counted where there is no address, as on a unix socket, or only a listed proxy's.
   * Loopback counts like any other: raise it to measure. Behind a proxy that is not listed all clients are one. `Infinity` for any
   * number: then one client can take all of `maxConnections`.
   * @default 256
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Handshakes from one address a second, in the long run; past `handshakeBurst` besides 429 and `Retry-After`. What is counted are valid
   * handshakes whose `Host` and `Origin` are admitted, before `onHandshake` is asked: no more passwords can be tried than that. More than
   * 0; `Infinity` for any number.
   * @default 50
   */
  readonly handshakesPerSecond?: number;
  /**
   * How many of them may come at once. From 1; `Infinity` for any number.
   * @default 100
   */
  readonly handshakeBurst?: number;
  /**
   * The memory that unfinished messages may take over all connections, in bytes; past it, the one that takes the most is closed with
   * 1013. `Infinity` for no limit.
   * @default 64 MiB
   */
  readonly maxUnfinishedBytes?: number;
  /**
   * What may wait over all connections for peers that do not read, in bytes; past it, the connection for which most waits is closed with
   * 4490. A `PreparedMessage` counts for each connection, though its bytes are there once; up to 64 KiB that a socket holds itself do
   * not count. `Infinity` for no limit.
   * @default 256 MiB
   */
  readonly maxOutboundTotalBytes?: number;
}

export const SERVER_LIMITS = {
  maxConnections: 100_000,
  maxConnectionsPerAddress: 256,
  handshakesPerSecond: 50,
  handshakeBurst: 100,
  maxUnfinishedBytes: 64 * 1024 * 1024,
  maxOutboundTotalBytes: 256 * 1024 * 1024,
} as const satisfies Required<ServerLimitsOptions>;

/** Why a handshake may not become a connection. */
export interface LimitObjection {
  readonly limit: Limit;
  readonly refusal: Refusal;
}

const FULL: LimitObjection = {
  limit: Limit.Connections,
  refusal: refuse(503, 'The server has all the connections that it can take', { 'Retry-After': '5' }),
};

const CROWDED: LimitObjection = {
  limit: Limit.ConnectionsPerAddress,
  refusal: refuse(429, 'There are too many connections from your address', { 'Retry-After': '5' }),
};

/**
 * What servers share with one another: given to several as `limits`, its numbers hold for all of them together; a server without one has its
 * own. So the servers of one process, on however many paths and ports, are to be given the same one, or each of them lets in as many.
 */
export class ServerLimits {
  /** @internal */
  readonly unfinished: MemoryBudget;
  /** @internal */
  readonly outbound: MemoryBudget;
  private readonly rate: HandshakeRate;
  private readonly maxConnections: number;
  private readonly maxConnectionsPerAddress: number;
  private readonly byAddress = new Map<string, number>();
  private open = 0;

  /** @throws RangeError for a limit out of its range. */
  constructor(options: ServerLimitsOptions = {}) {
    const limits = { ...SERVER_LIMITS, ...dropUndefined(options) };
    for (const name of Object.keys(SERVER_LIMITS) as (keyof ServerLimitsOptions)[]) checkLimit(name, limits[name]);
    this.maxConnections = limits.maxConnections;
    this.maxConnectionsPerAddress = limits.maxConnectionsPerAddress;
    this.rate = new HandshakeRate(limits.handshakesPerSecond, limits.handshakeBurst);
    this.unfinished = new MemoryBudget(limits.maxUnfinishedBytes);
    this.outbound = new MemoryBudget(limits.maxOutboundTotalBytes);
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.open;
  }

  /** Whether there are as many as there may be (`maxConnections`). */
  get isFull(): boolean {
    return this.open >= this.maxConnections;
  }

  /** Addresses with connections that are open now. */
  get addresses(): number {
    return this.byAddress.size;
  }

  /** @internal A handshake has come; whether it may go on. */
  objectionToHandshake(address: string | undefined, now: number): LimitObjection | undefined {
    const waitMs = address === undefined ? 0 : this.rate.take(address, now);
    return waitMs > 0 ? hurried(waitMs) : this.objectionToConnection(address);
  }

  /** @internal Whether there is room for one more. */
  objectionToConnection(address: string | undefined): LimitObjection | undefined {
    if (this.isFull) return FULL;
    if (address === undefined || (this.byAddress.get(address) ?? 0) < this.maxConnectionsPerAddress) return undefined;
    return CROWDED;
  }

  /** @internal */
  enter(address: string | undefined): void {
    this.open++;
    if (address !== undefined) this.byAddress.set(address, (this.byAddress.get(address) ?? 0) + 1);
  }

  /** @internal */
  leave(address: string | undefined): void {
    this.open--;
    if (address === undefined) return;
    const left = (this.byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
  }
}

/**
 * The limits of a server: those it was given to share, or its own.
 *
 * @throws TypeError where both are said, RangeError for a limit out of its range.
 */
export function limitsOf(options: ServerLimitsOptions & { readonly limits?: ServerLimits }): ServerLimits {
  if (options.limits === undefined) return new ServerLimits(options);
  const given = (Object.keys(SERVER_LIMITS) as (keyof ServerLimitsOptions)[]).find(
    (name) => options[name] !== undefined,
  );
  if (given !== undefined)
    throw new TypeError(`${given} is of the limits that are shared: give it to new ServerLimits()`);
  return options.limits;
}

function hurried(waitMs: number): LimitObjection {
  return {
    limit: Limit.HandshakesPerAddress,
    refusal: refuse(429, 'Too many handshakes come from your address', {
      'Retry-After': String(Math.ceil(waitMs / 1000)),
    }),
  };
}

function checkLimit(name: keyof ServerLimitsOptions, value: unknown): void {
  const least = name === 'handshakeBurst' ? 1 : 0;
  const isPositive = name !== 'handshakesPerSecond' || value !== 0;
  if (typeof value === 'number' && value >= least && isPositive) return;
  throw new RangeError(
    `${name} must be a number ${isPositive ? 'from' : 'above'} ${String(least)}, or Infinity for no limit; it is ${String(value)}`,
  );
}

function dropUndefined(options: ServerLimitsOptions): ServerLimitsOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
