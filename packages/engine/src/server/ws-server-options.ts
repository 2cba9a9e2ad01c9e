import type { Server as HttpServer } from 'node:http';
import { DEFAULT_MAX_FRAGMENTS, DEFAULT_MAX_MESSAGE_BYTES } from '@nestwire/protocol';
import type { AdmissionOptions } from './admission.js';
import type { HandshakeDecision } from './handshake-decision.js';
import type { HandshakeHook } from './handshake-gate.js';
import type { HandshakeRequest } from './handshake-request.js';
import type { HttpListener, HttpListenerOptions } from './http-listener.js';
import type { RefusedHandshake } from './refused-handshake.js';
import type { ServerLimits, ServerLimitsOptions } from './server-limits.js';
import type { ConnectionListener, WsConnection } from '../connection/ws-connection.js';
import type { LivenessOptions, ResolvedLiveness } from '../connection/liveness-options.js';
import type { ResolvedTcp, TcpOptions } from '../connection/tcp-options.js';
import {
  checkedSlowConsumer,
  type OutboundOptions,
  type ResolvedOutbound,
  type SlowConsumer,
} from '../connection/slow-consumer.js';
import type { DeflateOptions } from '../deflate/deflate-options.js';

export interface WsServerOptions
  extends AdmissionOptions, HttpListenerOptions, TcpOptions, LivenessOptions, OutboundOptions, ServerLimitsOptions {
  /**
   * An HTTP or HTTPS server to share, or an {@link HttpListener}: its owner listens and closes, and its deadlines, TLS and PROXY
   * protocol rule the handshake. Where an HTTP server has neither `headersTimeout` nor `requestTimeout`, a warning says so once.
   * @default a server of its own, which answers every other request with 426
   */
  readonly server?: HttpServer | HttpListener;
  /**
   * The paths that are served, or a question to ask of each; the query is no part of a path.
   * @default every path
   */
  readonly path?: string | readonly string[] | ((path: string) => boolean);
  /**
   * The subprotocols that this server speaks; of a client's, the first that is among them is chosen. RFC 6455 §1.9.
   * @default none
   */
  readonly subprotocols?: readonly string[];
  /**
   * permessage-deflate, RFC 7692: `true` for its defaults.
   * @default false
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * Decides about every handshake that is valid, and whose `Host` and `Origin` are admitted, before its answer: yes, an HTTP
   * response, or a connection that is closed at once with a code that a browser's scripts can read. It may take its time
   * (`decisionTimeoutMs`), during which nothing of the peer is read. What it throws is a 500, and `onHandshakeError` is told.
   * @default yes
   */
  readonly onHandshake?: HandshakeHook;
  /**
   * Decides how a handshake on a path of nobody's is refused, where no other listener of the HTTP server may want it. Of several
   * servers on one HTTP server, the first that has this is asked.
   * @default 404, whoever asks
   */
  readonly onUnservedPath?: (request: HandshakeRequest) => HandshakeDecision;
  /**
   * How long `onHandshake` may take, in milliseconds, before the peer gets a 503; a later decision is dropped. `Infinity` for no
   * limit. Each pending one holds a socket and what its peer has sent ahead (a socket's high-water mark at most).
   * @default 10000
   */
  readonly decisionTimeoutMs?: number;
  /**
   * Told what `onHandshake` threw, or why its decision can't be carried out. A peer may provoke it: it MUST NOT flood a log. MUST
   * NOT throw.
   * @default a warning of the process for the first one
   */
  readonly onHandshakeError?: (error: unknown) => void;
  /**
   * Told of each handshake that has become no connection, once its answer is on its way: for counting. A peer may provoke any number: it
   * MUST NOT flood a log. MUST NOT throw.
   */
  readonly onRefused?: (refused: RefusedHandshake) => void;
  /**
   * Called for every connection that has been opened, with the `context` of the decision; returns who listens to it. Messages follow
   * after it has returned. MUST NOT throw.
   */
  readonly onConnection: (connection: WsConnection, context: unknown) => ConnectionListener;
  /**
   * The longest message in bytes; a longer one is closed with 1009 before it is buffered. `Infinity` for none. Each
   * connection may hold this much.
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
   * The limits that hold for several servers together, instead of the server's own `maxConnections`, `maxConnectionsPerAddress`,
   * `handshakesPerSecond`, `handshakeBurst`, `maxUnfinishedBytes` and `maxOutboundTotalBytes`.
   * @default its own
   */
  readonly limits?: ServerLimits;
}

export const DEFAULTS = {
  maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
  maxFragments: DEFAULT_MAX_FRAGMENTS,
  closeTimeoutMs: 5000,
  outboundHighWaterBytes: 1024 * 1024,
  outboundLowWaterBytes: 256 * 1024,
  maxOutboundBytes: 2 * 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  decisionTimeoutMs: 10_000,
  tlsHandshakeTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 10_000,
  silenceTimeoutMs: Infinity,
} as const;

/** @throws RangeError for a limit that is not a positive number. */
export function checkedLimit(name: keyof typeof DEFAULTS, value: number | undefined): number {
  const limit = value ?? DEFAULTS[name];
  if (typeof limit !== 'number' || !(limit >= 0)) {
    throw new RangeError(`${name} must be a number from 0, or Infinity for no limit; it is ${String(limit)}`);
  }
  return limit;
}

/** @throws RangeError for a keep-alive out of its range. */
export function resolveTcp({ noDelay = true, keepAliveMs }: TcpOptions): ResolvedTcp {
  return { noDelay, keepAliveMs: checkedLimit('keepAliveMs', keepAliveMs) };
}

/** @throws RangeError for a time out of its range. */
export function resolveLiveness(options: LivenessOptions): ResolvedLiveness {
  const timeOf = (name: keyof LivenessOptions): number => checkedLimit(name, options[name]) || Infinity;
  return {
    pingIntervalMs: timeOf('pingIntervalMs'),
    pongTimeoutMs: timeOf('pongTimeoutMs'),
    silenceTimeoutMs: timeOf('silenceTimeoutMs'),
  };
}

/**
 * @param slowConsumer - what is the default for this role.
 * @throws RangeError for a limit out of its range, or a policy that is none.
 */
export function resolveOutbound(options: OutboundOptions, slowConsumer: SlowConsumer): ResolvedOutbound {
  const highWaterBytes = checkedLimit('outboundHighWaterBytes', options.outboundHighWaterBytes);
  const { outboundLowWaterBytes = highWaterBytes / 4, maxOutboundBytes = highWaterBytes * 2 } = options;
  return {
    highWaterBytes,
    lowWaterBytes: Math.min(highWaterBytes, checkedLimit('outboundLowWaterBytes', outboundLowWaterBytes)),
    maxBytes: Math.max(highWaterBytes, checkedLimit('maxOutboundBytes', maxOutboundBytes)),
    slowConsumer: checkedSlowConsumer(options.slowConsumer ?? slowConsumer),
  };
}
