import type { AdmissionOptions, Clock, DeflateOptions } from '@nestwire/engine';
import type { EnvelopeCodec } from '@nestwire/envelope';

export interface NestwireOptions extends AdmissionOptions {
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
   * permessage-deflate, RFC 7692: `true` for its defaults. It costs time for every message.
   * @default false
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * A connection on which no message arrives for this long, in milliseconds, is closed with 4408. Pings and pongs do not
   * count: they show that a machine lives, not that the application does. `Infinity` turns it off.
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
   * Messages that wait for their turn on one connection, before reading from it pauses.
   * @default 64
   */
  readonly maxWaitingMessages?: number;
  /**
   * Malformed messages within 10 s, before the connection is closed with 4400.
   * @default 5
   */
  readonly maxMalformedMessages?: number;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

export type ResolvedOptions = Required<Pick<NestwireOptions, keyof typeof DEFAULTS>> & NestwireOptions;

const DEFAULTS = {
  maxMessageBytes: 64 * 1024,
  silenceTimeoutMs: 30_000,
  heartbeatTimeoutMs: 30_000,
  closeTimeoutMs: 5000,
  maxWaitingMessages: 64,
  maxMalformedMessages: 5,
} as const;

/** @throws RangeError for an option that is not a positive number. */
export function resolveOptions(options: NestwireOptions): ResolvedOptions {
  const resolved = { ...DEFAULTS, ...options };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value: unknown = resolved[name];
    if (typeof value !== 'number' || !(value > 0)) {
      throw new RangeError(`${name} must be a positive number, or Infinity for no limit; it is ${String(value)}`);
    }
  }
  return resolved;
}
