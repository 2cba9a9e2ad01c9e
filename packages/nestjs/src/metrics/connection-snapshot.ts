import { ReadyState } from '@nestwire/engine';
import type { NestwireServer } from '../server/nestwire-server.js';

/** What there is to say of a path's connections at a moment. */
export interface ConnectionSnapshot {
  /** `handleConnection` is at work. */
  opening: number;
  open: number;
  closing: number;
  /** From which nothing is read, because too much of theirs waits. */
  paused: number;
  waitingMessages: number;
  waitingBytes: number;
  outboundBytes: number;
  /** Of the open ones that have answered a ping, rising. */
  readonly roundTripsMs: Float64Array;
}

/** Looks at each connection once. */
export function takeSnapshot({ clients }: NestwireServer): ConnectionSnapshot {
  const roundTrips: number[] = [];
  const all = {
    opening: 0,
    open: 0,
    closing: 0,
    paused: 0,
    waitingMessages: 0,
    waitingBytes: 0,
    outboundBytes: 0,
  };
  for (const client of clients) {
    const { queue } = client.inbox;
    all.waitingMessages += queue.length;
    all.waitingBytes += queue.bytes;
    // Its connection has ended; its last messages are at work.
    if (client.readyState === ReadyState.Closed) continue;
    all.outboundBytes += client.bufferedAmount;
    if (client.readyState === ReadyState.Closing) all.closing++;
    else if (queue.isHeld) all.opening++;
    else all.open++;
    if (client.roundTripTimeMs !== undefined) roundTrips.push(client.roundTripTimeMs);
    if (client.isPaused) all.paused++;
  }
  return { ...all, roundTripsMs: Float64Array.from(roundTrips).sort() };
}
