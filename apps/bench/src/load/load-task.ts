import type { Compression } from '../messages/message-ring.js';
import type { MessageShape } from '../messages/message-shape.js';

/** Where the server is, and what a client must know to come in. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly authority?: string | undefined;
  readonly socketIo?: boolean | undefined;
}

interface Timed {
  /** How long the server runs before anything is counted, in milliseconds. */
  readonly warmUpMs: number;
  /** For how long is counted, in milliseconds. */
  readonly ms: number;
}

interface Traffic extends Timed {
  readonly shape: MessageShape;
  readonly compression: Compression;
  readonly connections: number;
}

/** Each connection has so many messages under way: for each reply it sends the next. */
export interface EchoTask extends Traffic {
  readonly kind: 'echo';
  readonly inFlight: number;
}

/** One connection sends so many, and each goes to all; when all have all, the next ones. */
export interface BroadcastTask extends Traffic {
  readonly kind: 'broadcast';
  readonly inFlight: number;
}

/** So many at a time: each connects, upgrades and goes. */
export interface HandshakesTask extends Timed {
  readonly kind: 'handshakes';
  readonly atOnce: number;
}

/** Opens connections and says nothing. What they cost is read off the server between two marks. */
export interface IdleTask {
  readonly kind: 'idle';
  readonly compression: Compression;
  /** Open before the first look: what the first ones cost, the later ones do not. */
  readonly before: number;
  readonly connections: number;
}

/**
 * How long a reply takes when the server has half of the work that it can do, with one message under way a connection. Messages are due at
 * a steady pace, and each reply is timed from the moment at which its message was due.
 */
export interface LatencyTask extends Traffic {
  readonly kind: 'latency';
}

export type LoadTask = EchoTask | BroadcastTask | HandshakesTask | IdleTask | LatencyTask;

/** Told at the beginning and at the end of what is counted; the load goes on meanwhile. */
export type Mark = (name: 'begin' | 'end') => Promise<void>;

/** What came of it. */
export interface LoadOutcome {
  /** What was counted, a second; for latencies in microseconds. Empty for `idle`, of which the server tells. */
  readonly values: Readonly<Record<string, number>>;
  /** How busy the load generator was: processor time by time, 1 is a whole core. */
  readonly loadCpu: number;
  readonly replies: number;
  /** How many replies were compared with what they must be. */
  readonly checked: number;
}
