import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestwire/test-support';
import { Liveness, type Living } from './liveness.js';
import { TimingWheel, WHEEL_TICK_MS } from '../time/timing-wheel.js';

const SETTINGS = { pingIntervalMs: 25_000, pongTimeoutMs: 10_000, silenceTimeoutMs: Infinity };

let clock: ManualClock;
let wheel: TimingWheel;
beforeEach(() => {
  clock = new ManualClock(1000.5);
  wheel = new TimingWheel(clock);
});

/** A connection as its liveness sees it. */
class Watched implements Living {
  isReading = true;
  bufferedAmount = 0;
  handedOver = 0;
  readonly pings: number[] = [];
  payload = new Uint8Array();
  readonly ends: [what: string, at: number][] = [];
  readonly liveness: Liveness;

  constructor(settings: Partial<typeof SETTINGS> = {}) {
    this.liveness = new Liveness(this, { liveness: { ...SETTINGS, ...settings }, wheel });
    this.liveness.start();
  }

  ping(payload: Uint8Array): void {
    this.payload = Uint8Array.from(payload);
    this.pings.push(clock.now());
  }

  answer(): boolean {
    this.liveness.heard = true;
    return this.liveness.takePong(this.payload, 0, this.payload.length);
  }

  onPingTimeout(): void {
    this.end('ping-timeout');
  }

  onSilenceTimeout(): void {
    this.end('silence-timeout');
  }

  onClosingTimeout(): void {
    this.end('closing-timeout');
  }

  private end(what: string): void {
    this.ends.push([what, clock.now()]);
    this.liveness.stop();
  }

  /** Lets time pass until the next ping. */
  untilPing(): void {
    const before = this.pings.length;
    for (let ticks = 0; this.pings.length === before; ticks++) {
      if (ticks > 1000) throw new Error('No ping came');
      clock.advance(WHEEL_TICK_MS);
    }
  }

  get lastPing(): number {
    return this.pings.at(-1) ?? NaN;
  }
}

/** Lets the event loop go on. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

const late = (at: number, due: number) => at >= due && at <= due + WHEEL_TICK_MS;

describe('Pings', () => {
  it('begin between half an interval and a whole one, and come at each interval', () => {
    const watched = new Watched();
    watched.untilPing();
    expect(watched.lastPing - 1000.5).toBeGreaterThanOrEqual(12_500);
    expect(watched.lastPing - 1000.5).toBeLessThanOrEqual(25_000 + WHEEL_TICK_MS);
    for (let i = 0; i < 10; i++) {
      const before = watched.lastPing;
      watched.answer();
      watched.untilPing();
      expect(late(watched.lastPing, before + 25_000)).toBe(true);
    }
  });

  it('of 10,000 connections that open at once are spread, also after the process stood still', () => {
    const all = Array.from({ length: 10_000 }, () => new Watched({ pongTimeoutMs: Infinity }));
    const most = () => {
      const ticks = new Map<number, number>();
      for (const { lastPing } of all) ticks.set(lastPing, (ticks.get(lastPing) ?? 0) + 1);
      return Math.max(...ticks.values());
    };
    clock.advance(25_100);
    expect(all.every(({ pings }) => pings.length > 0)).toBe(true);
    expect(most()).toBeLessThan(100);
    clock.stall(60_000);
    const before = all.map(({ pings }) => pings.length);
    clock.advance(5100);
    expect(all.every(({ pings }, i) => pings.length === (before[i] ?? 0) + 1)).toBe(true);
    expect(most()).toBeLessThan(300);
  });

  it.each([
    [5000, 10_000],
    [10_000, 10_000],
    [25_000, 100],
  ])('come every %i ms, and are waited for %i ms', async (pingIntervalMs, pongTimeoutMs) => {
    const watched = new Watched({ pingIntervalMs, pongTimeoutMs });
    for (let i = 0; i < 3; i++) {
      const before = watched.lastPing;
      watched.untilPing();
      expect(i === 0 || late(watched.lastPing, before + pingIntervalMs)).toBe(true);
      watched.answer();
    }
    watched.untilPing();
    await turn();
    clock.advance(60_000);
    expect(watched.ends).toHaveLength(1);
    expect(watched.ends[0]?.[0]).toBe('ping-timeout');
    expect(late(watched.ends[0]?.[1] ?? NaN, watched.lastPing + pongTimeoutMs)).toBe(true);
    expect(clock.scheduled).toBe(0);
  });

  it('measure the round trip, each anew', () => {
    const watched = new Watched();
    expect(watched.liveness.roundTripTimeMs).toBeUndefined();
    watched.untilPing();
    clock.advance(40.25);
    expect(watched.answer()).toBe(true);
    const measured = clock.now() - watched.lastPing;
    expect(measured).toBeGreaterThan(40);
    expect(watched.liveness.roundTripTimeMs).toBe(measured);
    const first = watched.payload;
    watched.untilPing();
    clock.advance(3);
    // A pong to the first, again: it is ours, and no measure.
    expect(watched.liveness.takePong(first, 0, first.length)).toBe(true);
    expect(watched.liveness.roundTripTimeMs).toBe(measured);
    watched.answer();
    expect(watched.liveness.roundTripTimeMs).toBe(clock.now() - watched.lastPing);
  });

  it("have a payload that the application's do not have", () => {
    const watched = new Watched();
    watched.untilPing();
    const forged = Uint8Array.from(watched.payload);
    forged[0] = (forged[0] ?? 0) ^ 1;
    expect(watched.liveness.takePong(forged, 0, forged.length)).toBe(false);
    expect(watched.liveness.takePong(watched.payload, 0, 11)).toBe(false);
    expect(watched.liveness.takePong(new Uint8Array(0), 0, 0)).toBe(false);
    expect(watched.liveness.takePong(Buffer.concat([watched.payload, watched.payload]), 0, 24)).toBe(false);
  });
});

describe('A peer is taken for dead', () => {
  it('when nothing comes after a ping, and not when any byte does', async () => {
    const watched = new Watched();
    for (let i = 0; i < 5; i++) {
      watched.untilPing();
      await turn();
      watched.liveness.heard = true;
    }
    // What came before the ping says nothing.
    watched.untilPing();
    await turn();
    clock.advance(10_000 + WHEEL_TICK_MS);
    expect(watched.ends).toHaveLength(1);
  });

  it('not while we do not read', async () => {
    const watched = new Watched();
    watched.isReading = false;
    for (let i = 0; i < 50; i++) {
      clock.advance(10_000);
      await turn();
    }
    expect(watched.ends).toEqual([]);
    // Nor right after that: what waits has to be read first.
    watched.untilPing();
    await turn();
    clock.advance(9900);
    watched.isReading = true;
    watched.liveness.afterPause();
    clock.advance(200);
    expect(watched.ends).toEqual([]);
    watched.untilPing();
    await turn();
    clock.advance(10_000 + WHEEL_TICK_MS);
    expect(watched.ends).toHaveLength(1);
  });

  it('not while our own bytes in front of the ping go on their way', async () => {
    const watched = new Watched();
    watched.bufferedAmount = 1_000_000;
    for (let i = 0; i < 5; i++) {
      watched.untilPing();
      await turn();
      watched.handedOver += 1;
    }
    watched.untilPing();
    await turn();
    clock.advance(10_000 + WHEEL_TICK_MS);
    expect(watched.ends).toHaveLength(1);
  });

  it('not because the process stood still: what has come meanwhile is read first', async () => {
    const watched = new Watched();
    watched.untilPing();
    clock.stall(30_000);
    expect(watched.ends).toEqual([]);
    watched.liveness.heard = true;
    clock.advance(1000);
    expect(watched.ends).toEqual([]);
    // A peer that is dead is found by the next ping.
    watched.untilPing();
    await turn();
    clock.advance(10_000 + WHEEL_TICK_MS);
    expect(watched.ends).toHaveLength(1);
  });

  it('not before the event loop has turned, which is how an answer comes', async () => {
    const watched = new Watched();
    clock.advance(50_000);
    expect(watched.ends).toEqual([]);
    watched.untilPing();
    await turn();
    clock.advance(10_000 + WHEEL_TICK_MS);
    expect(watched.ends).toHaveLength(1);
  });
});

describe('Silence', () => {
  const silent = () => new Watched({ pingIntervalMs: Infinity, silenceTimeoutMs: 30_000 });

  it('is no message, nor a KiB of one, for so long', () => {
    const watched = silent();
    clock.advance(29_000);
    watched.liveness.spoke = true;
    watched.liveness.afterChunk(0);
    for (let i = 1; i <= 5; i++) {
      clock.advance(29_000);
      watched.liveness.afterChunk(1024 * i);
    }
    clock.advance(29_000);
    watched.liveness.afterChunk(1024 * 6 - 1);
    const began = clock.now() - 29_000;
    clock.advance(1000 + WHEEL_TICK_MS);
    expect(watched.ends.map(([what]) => what)).toEqual(['silence-timeout']);
    expect(late(watched.ends[0]?.[1] ?? NaN, began + 30_000)).toBe(true);
  });

  it('does not end because pongs come', () => {
    const watched = new Watched({ silenceTimeoutMs: 30_000 });
    watched.untilPing();
    watched.answer();
    watched.liveness.afterChunk(0);
    clock.advance(30_000);
    expect(watched.ends.map(([what]) => what)).toEqual(['silence-timeout']);
  });

  it('does not count while we do not read, or stood still', () => {
    const watched = silent();
    watched.isReading = false;
    clock.advance(100_000);
    watched.isReading = true;
    watched.liveness.afterPause();
    clock.advance(29_900);
    expect(watched.ends).toEqual([]);
    clock.stall(60_000);
    expect(watched.ends).toEqual([]);
    watched.liveness.spoke = true;
    watched.liveness.afterChunk(0);
    clock.advance(29_000);
    expect(watched.ends).toEqual([]);
    clock.advance(2000);
    expect(watched.ends).toHaveLength(1);
  });
});

describe('Nothing is armed', () => {
  it('where all is off', () => {
    const watched = new Watched({ pingIntervalMs: Infinity, silenceTimeoutMs: Infinity });
    expect(clock.scheduled).toBe(0);
    watched.liveness.expectEnd(5000);
    clock.advance(4000);
    watched.liveness.expectEnd(5000);
    clock.advance(1100);
    expect(watched.ends.map(([what]) => what)).toEqual(['closing-timeout']);
  });

  it('once it is stopped', () => {
    const watched = new Watched();
    watched.liveness.stop();
    expect(clock.scheduled).toBe(0);
  });
});
