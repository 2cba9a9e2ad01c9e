import type { ConnectionListener, WsConnection } from '../connection/ws-connection.js';
import type { TcpOptions } from '../connection/tcp-options.js';
import type { DeflateOptions } from '../deflate/deflate-options.js';
import type { Clock } from '../time/clock.js';

export interface ConnectOptions extends TcpOptions {
  /** Who listens. Messages that come with the handshake are told before `connect` resolves. */
  readonly onConnection: (connection: WsConnection) => ConnectionListener;
  /**
   * The subprotocols that are offered, in order of preference. RFC 6455 §1.9.
   * @default none
   */
  readonly subprotocols?: readonly string[];
  /**
   * Further header fields, such as `Authorization`, `Cookie` or `Origin`. Those of the handshake itself can't be set.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * permessage-deflate, RFC 7692: offered where `true` or given.
   * @default false
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * How long the handshake may take, in milliseconds, from the look-up of the name to the answer; `Infinity` for no limit.
   * @default 10000
   */
  readonly handshakeTimeoutMs?: number;
  /** Ends the handshake when it aborts; a connection that is open already stays so. */
  readonly signal?: AbortSignal;
  /**
   * The longest message in bytes; a longer one is closed with 1009 before it is buffered. `Infinity` for none.
   * @default 1 MiB
   */
  readonly maxMessageBytes?: number;
  /**
   * The most fragments in one message, empty ones included; past it 1008. `Infinity` for none.
   * @default 1024
   */
  readonly maxFragments?: number;
  /**
   * How long the closing handshake may take, in milliseconds, before the connection is dropped. RFC 6455 §7.1.1.
   * @default 5000
   */
  readonly closeTimeoutMs?: number;
  /**
   * Above this many bytes waiting to be sent, `send` says `'backpressure'`. Nothing is dropped.
   * @default 1 MiB
   */
  readonly outboundHighWaterBytes?: number;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;
