import { randomBytes } from 'node:crypto';
import { nextSpread } from './spread.js';
import { type Flushable, flushAtEndOfTurn } from './flush-queue.js';
import type { ResolvedLiveness } from './liveness-options.js';
import { Deadline, type TimingWheel } from '../time/timing-wheel.js';

/** So much of an unfinished message is a sign of life. */
const PROGRESS_BYTES = 1024;

/** A deadline that comes so late says that the process stood still, in milliseconds. */
const STALLED_MS = 1000;

/** What of its ping interval the first ping may come early, so that connections which opened together do not ping together. */
const FIRST_SPREAD = 0.5;

/** The same for pings that all fell due while the process stood still. */
const STALLED_SPREAD = 0.2;

const NONCE_BYTES = 8;

/** What marks our own pings: nobody else's have it, but by our word. Behind it stands when the ping was sent. */
const ownPing = Buffer.concat([randomBytes(NONCE_BYTES), Buffer.alloc(4)]);

/** What is waited for; the rest is as ever. */
const Phase = {
  Quiet: 0,
  /** A pong, but the event loop has not turned since the ping: no answer can be there, whatever a clock says that was moved by hand. */
  Pinged: 1,
  /** A pong. */
  Waiting: 2,
  /** The end, and nothing else any more. */
  Closing: 3,
} as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/** What of the settings of a connection is looked at. */
export interface LivenessSettings {
  readonly liveness: ResolvedLiveness;
  readonly wheel: TimingWheel;
}

/** What is watched. */
export interface Living {
  /** Whether what the peer sends is read at present. */
  readonly isReading: boolean;
  /** Bytes that wait for the operating system to take them. */
  readonly bufferedAmount: number;
  /** Bytes that it has taken so far. */
  readonly handedOver: number;
  ping(payload: Uint8Array): unknown;
  onPingTimeout(): void;
  onSilenceTimeout(): void;
  onClosingTimeout(): void;
}

/**
 * All that a connection is waited for: its pong, its messages, its end. One deadline for the three, because a closing connection is asked for
 * nothing else, and a sign of life costs one store.
 */
export class Liveness extends Deadline implements Flushable {
  /** Bytes came since the last ping. */
  heard = false;
  /** A message has ended in the chunk that is being read. */
  spoke = false;

  private phase: Phase = Phase.Quiet;
  /** When the last ping was sent, in whole milliseconds; before the first, a moment in the past. */
  private pingedAt = 0;
  /** What stands in it. */
  private stamp = 0;
  /** What the operating system had taken then. */
  private handedOver = 0;
  /** In whole milliseconds. */
  private spokeAt = 0;
  /** How much of the unfinished message has been counted as a sign of life. */
  private credited = 0;
  /** In whole microseconds; -1 for not known. What is a whole number fits into the object itself. */
  private roundTripMicros = -1;

  constructor(
    private readonly connection: Living,
    private readonly settings: LivenessSettings,
  ) {
    super();
  }

  get roundTripTimeMs(): number | undefined {
    return this.roundTripMicros < 0 ? undefined : this.roundTripMicros / 1000;
  }

  start(): void {
    const now = Math.ceil(this.settings.wheel.now());
    const { pingIntervalMs } = this.settings.liveness;
    const early = pingIntervalMs === Infinity ? 0 : Math.floor(pingIntervalMs * FIRST_SPREAD * nextSpread());
    this.pingedAt = now - early;
    this.spokeAt = now;
    this.arm(now);
  }

  /** From now on the end alone is waited for. Once: a peer that takes its time at each step has no more of it. */
  expectEnd(timeoutMs: number): void {
    if (this.phase === Phase.Closing) return;
    this.phase = Phase.Closing;
    this.settings.wheel.arm(this, timeoutMs);
  }

  stop(): void {
    this.phase = Phase.Closing;
    this.settings.wheel.disarm(this);
  }

  /** A chunk has been read; so much is there of a message that has not ended. */
  afterChunk(unfinishedBytes: number): void {
    if (!this.spoke && unfinishedBytes - this.credited < PROGRESS_BYTES) return;
    this.spoke = false;
    this.credited = unfinishedBytes;
    this.spokeAt = Math.ceil(this.settings.wheel.now());
  }

  /** Reading goes on: what came meanwhile could not be seen, so that nothing of that time counts. */
  afterPause(): void {
    this.heard = true;
    const { liveness, wheel } = this.settings;
    if (liveness.silenceTimeoutMs !== Infinity) this.spokeAt = Math.ceil(wheel.now());
  }

  /** @returns whether this pong answers a ping of ours, and so is nobody else's business. */
  takePong(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== ownPing.length || ownPing.compare(bytes, start, start + NONCE_BYTES, 0, NONCE_BYTES) !== 0) {
      return false;
    }
    const sentAt = (bytes[start + 8] ?? 0) | ((bytes[start + 9] ?? 0) << 8) | ((bytes[start + 10] ?? 0) << 16);
    // An earlier ping's pong may come late: it is ours, and says nothing of the last one's round trip.
    if ((sentAt | ((bytes[start + 11] ?? 0) << 24)) === this.stamp) {
      this.roundTripMicros = (stampOf(this.settings.wheel.now()) - this.stamp) >>> 0;
      this.settle();
    }
    return true;
  }

  override onDeadline(): void {
    if (this.phase === Phase.Closing) return this.connection.onClosingTimeout();
    const { liveness, wheel } = this.settings;
    const now = wheel.now();
    const stalled = now - this.at > STALLED_MS;
    // What came while the process stood still has not been read yet, as if reading had been paused.
    if (stalled || !this.connection.isReading) this.afterPause();
    if (this.heard) this.settle();
    if (this.isAwaiting && now - this.pingedAt >= liveness.pongTimeoutMs) {
      if (this.phase === Phase.Waiting && this.isStuck()) return this.connection.onPingTimeout();
      this.settle();
    }
    if (now - this.spokeAt >= liveness.silenceTimeoutMs) return this.connection.onSilenceTimeout();
    if (!this.isAwaiting && now - this.pingedAt >= liveness.pingIntervalMs) this.ping(now, stalled);
    this.arm(now);
  }

  /** The event loop goes on after the ping. */
  flush(): void {
    if (this.phase === Phase.Pinged) this.phase = Phase.Waiting;
  }

  private get isAwaiting(): boolean {
    return this.phase === Phase.Pinged || this.phase === Phase.Waiting;
  }

  /** No pong is waited for any longer. */
  private settle(): void {
    if (this.phase !== Phase.Closing) this.phase = Phase.Quiet;
  }

  /** Not where the ping waits behind bytes that do go on their way. */
  private isStuck(): boolean {
    return this.connection.bufferedAmount === 0 || this.connection.handedOver === this.handedOver;
  }

  private ping(now: number, stalled: boolean): void {
    const { pingIntervalMs, pongTimeoutMs } = this.settings.liveness;
    if (stalled) {
      this.pingedAt = Math.ceil(now - pingIntervalMs * (1 - STALLED_SPREAD * nextSpread()));
      return;
    }
    this.pingedAt = Math.ceil(now);
    this.stamp = stampOf(now);
    this.handedOver = this.connection.handedOver;
    this.heard = false;
    if (pongTimeoutMs !== Infinity) {
      this.phase = Phase.Pinged;
      flushAtEndOfTurn(this);
    }
    ownPing.writeInt32LE(this.stamp, NONCE_BYTES);
    this.connection.ping(ownPing);
  }

  private arm(now: number): void {
    const { liveness, wheel } = this.settings;
    const { pingIntervalMs, pongTimeoutMs, silenceTimeoutMs } = liveness;
    const sincePing = now - this.pingedAt;
    // While a pong is waited for, the next ping waits too; but by its time the pong may have come.
    const forPong = this.isAwaiting && (pongTimeoutMs < pingIntervalMs || sincePing >= pingIntervalMs);
    const dueIn = Math.min(
      (forPong ? pongTimeoutMs : pingIntervalMs) - sincePing,
      silenceTimeoutMs - (now - this.spokeAt),
    );
    wheel.arm(this, Math.max(0, dueIn));
  }
}

/** A moment in microseconds, as far as four bytes tell it. */
function stampOf(ms: number): number {
  return (ms * 1000) | 0;
}
