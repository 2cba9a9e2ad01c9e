import {
  type AdmissionOptions,
  type Clock,
  type DeflateOptions,
  type LivenessOptions,
  type OutboundOptions,
  ServerLimits,
  type ServerLimitsOptions,
  type TcpOptions,
  type WsServerOptions,
} from '@nestwire/engine';
import type { EnvelopeCodec } from '@nestwire/envelope';
import type { Refusals } from './handshake/handshake-answer.js';
import type { Authenticate } from './handshake/handshake-authenticator.js';
import type { Preset } from './preset/platform-ws.js';
import type { ShutdownOptions } from './server/shutdown.js';
import type { OwnPortsOptions } from './server/own-ports.js';

/**
 * What a connection without a principal may do. `'open'`: all, and any `userId` in its messages is believed. `'optional'`: all, but its
 * messages must not name a user. `'required'`: no more than codes marked `@Public()`, for `authenticationTimeoutMs`. With a principal
 * it is the same in all three: an envelope's `userId` is the principal's, or absent, or refused.
 */
export type Authentication = 'open' | 'optional' | 'required';

/**
 * In which order a connection's messages are handled, where no decorator says otherwise. `'arrival'`: one at a time, in the order in which
 * they came, and not before `handleConnection` has finished. `'completion'`: all at once, and none waits for `handleConnection`; replies
 * leave as handlers finish.
 */
export type Order = 'arrival' | 'completion';

export interface NestwireOptions
  extends AdmissionOptions, TcpOptions, LivenessOptions, OutboundOptions, ServerLimitsOptions {
  /**
   * Other defaults for the options below. `'platform-ws'`: what `WsAdapter` of `@nestjs/platform-ws` has, for an application that comes from
   * it; its gateways and its clients stay as they are. Danger: it has next to no limits, as `WsAdapter` has none. What it sets is logged at
   * the start.
   * @default none
   */
  readonly preset?: Preset;
  /**
   * The formats that clients may choose by their subprotocol, each connection its own; `defaultCodec` is always among them.
   * @default [new JsonCodec()]
   */
  readonly codecs?: readonly EnvelopeCodec[];
  /**
   * What a client speaks that offers no subprotocol, or none that is known here.
   * @default new JsonCodec()
   */
  readonly defaultCodec?: EnvelopeCodec;
  /**
   * The longest message in bytes; a longer one is closed with 1009 before it is buffered. Each connection may hold this
   * much.
   * @default 64 KiB
   */
  readonly maxMessageBytes?: number;
  /**
   * The most fragments in one message, empty ones included; past it 1008. `Infinity` for none.
   * @default 1024
   */
  readonly maxFragments?: number;
  /**
   * permessage-deflate, RFC 7692: `true` for its defaults. It costs time for every message.
   * @default false
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * A connection on which no message arrives for this long, in milliseconds, is closed with 4408. A message that ends counts, and each
   * KiB of one that has not. Pings and pongs do not: they show that a machine lives, not that the application does. `Infinity` turns
   * it off.
   * @default 30000
   */
  readonly silenceTimeoutMs?: number;
  /**
   * Where a gateway's `HeartbeatGuard` is in use: a connection on which no `@Heartbeat()` code arrives for this long, in
   * milliseconds, is closed with 4408, however much else it says.
   * @default 30000
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * How long the closing handshake may take, in milliseconds, before the connection is dropped. RFC 6455 §7.1.1.
   * @default 5000
   */
  readonly closeTimeoutMs?: number;
  /**
   * Messages that wait for their turn on one connection, and answers that `@Concurrency()` holds back, before reading from it pauses.
   * @default 64
   */
  readonly maxWaitingMessages?: number;
  /**
   * Bytes of such messages, and of answers that `@Concurrency()` holds back, on one connection, before reading from it
   * pauses; text counts in UTF-16 units. What one chunk brings comes on top, and each connection may hold this much.
   * @default 256 KiB
   */
  readonly maxWaitingBytes?: number;
  /**
   * Streams at once on one connection, also those that wait for their client to read: a handler that gives one more answers with an `error`
   * 429, and the stream does not begin. Each holds what its handler holds, for as long as the client likes. `Infinity` turns it off.
   * @default 256
   */
  readonly maxStreams?: number;
  /**
   * In which order a connection's messages are handled. Danger of `'completion'`: one client may have any number of handlers at work, and
   * its messages overtake one another.
   * @default 'arrival'
   */
  readonly order?: Order;
  /**
   * How long a handler may take, in milliseconds, from its guards to its promise's end, or until it has given a stream. Then
   * its client gets an `error` 503 and the next message begins; what the handler gives later is dropped and counted.
   * `@HandlerTimeout()` says otherwise for a code. With `Infinity` one that never ends holds up its connection for good.
   *
   * `handleConnection` has as long; then its connection is closed with 1013. So has, while the application closes, all together that
   * clients have sent before they left; what has not begun by then is dropped.
   * @default 30000
   */
  readonly handlerTimeoutMs?: number;
  /**
   * Malformed messages within 10 s, before the connection is closed with 4400.
   * @default 5
   */
  readonly maxMalformedMessages?: number;
  /**
   * Messages a second that one connection may send on the long run; codes count as `@Cost()` says. More are an `error` 429 with the
   * milliseconds after which it would be let in (`details.retryAfter`). `Infinity` turns it off.
   * @default 100
   */
  readonly messagesPerSecond?: number;
  /**
   * Messages that one connection may send at once, after it has been quiet for a while.
   * @default 200
   */
  readonly messageBurst?: number;
  /**
   * Messages over the limit within 10 s, before the connection is closed with 4429.
   * @default 5
   */
  readonly maxExcessMessages?: number;
  /**
   * Connections of one user on a path: past it, the user's oldest is closed with 4409. Users are those of principals. `Infinity` turns
   * it off.
   * @default 8
   */
  readonly maxConnectionsPerUser?: number;
  /**
   * Finds out who opens a connection, before it is opened: what it returns is the connection's principal, what it throws refuses the
   * handshake.
   * @default the provider of `HandshakeAuthenticator`, if there is one
   */
  readonly authenticate?: Authenticate;
  /**
   * What a connection without a principal may do.
   * @default 'required' where there is somebody to authenticate, else 'open', which the log says at the start
   */
  readonly authentication?: Authentication;
  /**
   * Where a principal is required: how long a connection may be without one, in milliseconds, before it is closed with 4401. Until then
   * it holds a connection and nothing else. `Infinity` turns it off.
   * @default 10000
   */
  readonly authenticationTimeoutMs?: number;
  /**
   * Messages with somebody else's `userId` within 10 s, before the connection is closed with 4403.
   * @default 5
   */
  readonly maxForgedMessages?: number;
  /**
   * How long authenticator and handshake guards may take together, in milliseconds, before the client gets a 503. Each pending one
   * holds a socket.
   * @default 10000
   */
  readonly decisionTimeoutMs?: number;
  /**
   * How a client is told that it may not come in; also on a path of nobody's, where the HTTP server is ours alone.
   * @default 'auto': by a close code to browsers, by an HTTP response to others
   */
  readonly refusals?: Refusals;
  /** How clients are sent away when the application ends. */
  readonly shutdown?: ShutdownOptions;
  /** How gateways with a port of their own listen: address, TLS, PROXY protocol. */
  readonly ownPorts?: OwnPortsOptions;
  /**
   * The limits that hold for the application together with other servers of the process, instead of `maxConnections` and what goes with it.
   * @default the application's own, for all its paths and ports together
   */
  readonly limits?: ServerLimits;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

export type ResolvedOptions = Required<
  Pick<NestwireOptions, keyof typeof DEFAULTS | 'authentication' | 'order' | 'refusals'>
> &
  NestwireOptions;

const DEFAULTS = {
  maxMessageBytes: 64 * 1024,
  silenceTimeoutMs: 30_000,
  heartbeatTimeoutMs: 30_000,
  closeTimeoutMs: 5000,
  maxWaitingMessages: 64,
  maxWaitingBytes: 256 * 1024,
  maxStreams: 256,
  handlerTimeoutMs: 30_000,
  maxMalformedMessages: 5,
  authenticationTimeoutMs: 10_000,
  maxForgedMessages: 5,
  messagesPerSecond: 100,
  messageBurst: 200,
  maxExcessMessages: 5,
  maxConnectionsPerUser: 8,
  decisionTimeoutMs: 10_000,
} as const;

const CHOICES = {
  authentication: ['open', 'optional', 'required'],
  order: ['arrival', 'completion'],
  refusals: ['http', 'close', 'auto'],
} as const;

/** @throws RangeError for an option that is not a positive number, or none of the choices. */
export function resolveOptions(options: NestwireOptions): ResolvedOptions {
  const authentication: Authentication = options.authenticate === undefined ? 'open' : 'required';
  const resolved = { ...DEFAULTS, authentication, order: 'arrival' as const, refusals: 'auto' as const, ...options };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value: unknown = resolved[name];
    if (typeof value !== 'number' || !(value > 0)) {
      throw new RangeError(`${name} must be a positive number, or Infinity for no limit; it is ${String(value)}`);
    }
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = resolved[name as keyof typeof CHOICES];
    if (!(choices as readonly string[]).includes(value)) {
      throw new RangeError(`${name} must be one of ${choices.join(', ')}; it is ${String(value)}`);
    }
  }
  return resolved;
}

const ENGINE_OPTIONS = [
  'clock',
  'limits',
  'origins',
  'allowNoOrigin',
  'hosts',
  'trustedProxies',
  'perMessageDeflate',
  'maxFragments',
  'noDelay',
  'keepAliveMs',
  'pingIntervalMs',
  'pongTimeoutMs',
  'silenceTimeoutMs',
  'outboundHighWaterBytes',
  'outboundLowWaterBytes',
  'maxOutboundBytes',
  'slowConsumer',
] as const satisfies readonly (keyof NestwireOptions & keyof WsServerOptions)[];

const SHARED_LIMITS = [
  'maxConnections',
  'maxConnectionsPerAddress',
  'handshakesPerSecond',
  'handshakeBurst',
  'maxUnfinishedBytes',
  'maxOutboundTotalBytes',
] as const satisfies readonly (keyof ServerLimitsOptions)[];

/**
 * The same, with one object of limits for all paths.
 *
 * @throws TypeError where the numbers and the object are given, RangeError for a number out of its range.
 */
export function shareLimits(options: NestwireOptions): NestwireOptions {
  const given = SHARED_LIMITS.filter((name) => options[name] !== undefined);
  if (options.limits !== undefined) {
    if (given[0] === undefined) return options;
    throw new TypeError(`${given[0]} is of the limits that are shared: give it to new ServerLimits()`);
  }
  return { ...options, limits: new ServerLimits(Object.fromEntries(given.map((name) => [name, options[name]]))) };
}

/** What was given of the options that are the engine's, which has their defaults and checks them. */
export function engineOptions(options: NestwireOptions): Pick<WsServerOptions, (typeof ENGINE_OPTIONS)[number]> {
  const given = ENGINE_OPTIONS.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
