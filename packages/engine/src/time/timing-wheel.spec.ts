import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestwire/test-support';
import { Deadline, TimingWheel, WHEEL_TICK_MS } from './timing-wheel.js';

/** A wheel's revolution: 512 ticks. */
const REVOLUTION_MS = 512 * WHEEL_TICK_MS;

let clock: ManualClock;
let wheel: TimingWheel;
/** What fell due, and when. */
let fired: [name: string, at: number][];

class Noted extends Deadline {
  constructor(
    private readonly name: string,
    private readonly then: () => void = () => {},
  ) {
    super();
  }

  override onDeadline(): void {
    fired.push([this.name, clock.now()]);
    this.then();
  }
}

// A wheel that begins at a moment with a fraction, as a machine's clock does, and one that begins on a tick.
describe.each([0, 1000, 12_345.678])('Timing wheel whose clock begins at %d', (start) => {
  beforeEach(() => {
    clock = new ManualClock(start);
    wheel = new TimingWheel(clock);
    fired = [];
  });

  it.each([0, 1, 50, 99, 100, 101, 150, 5000, REVOLUTION_MS - 1, REVOLUTION_MS, REVOLUTION_MS + 1, 3 * REVOLUTION_MS])(
    'is never early, and late by a tick at most: %i ms',
    (delayMs) => {
      for (const offset of [0, 1, 49, 99, 100]) {
        fired = [];
        clock.advance(offset);
        const due = clock.now() + delayMs;
        wheel.arm(new Noted('a'), delayMs);
        clock.advance(delayMs + WHEEL_TICK_MS);
        expect(fired).toHaveLength(1);
        const at = fired[0]?.[1] ?? NaN;
        expect(at).toBeGreaterThanOrEqual(due);
        expect(at).toBeLessThanOrEqual(due + WHEEL_TICK_MS);
      }
    },
  );

  it('keeps that promise for deadlines that are armed while it turns', () => {
    for (let i = 0; i < 40; i++) {
      const due = clock.now() + 130;
      fired = [];
      wheel.arm(new Noted('a'), 130);
      clock.advance(130);
      clock.advance(WHEEL_TICK_MS - 7);
      clock.advance(7);
      expect(fired.map(([, at]) => at >= due && at <= due + WHEEL_TICK_MS)).toEqual([true]);
      wheel.arm(new Noted('keeps it turning'), 60_000);
      clock.advance(i);
    }
  });

  it('calls in the order of the moments', () => {
    wheel.arm(new Noted('c'), 900);
    wheel.arm(new Noted('a'), 300);
    wheel.arm(new Noted('d'), 60_000);
    wheel.arm(new Noted('b'), 600);
    clock.advance(61_000);
    expect(fired.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('calls once', () => {
    wheel.arm(new Noted('a'), 300);
    clock.advance(10 * REVOLUTION_MS);
    expect(fired).toHaveLength(1);
  });

  it('tells what is armed', () => {
    const a = new Noted('a');
    expect(wheel.isArmed(a)).toBe(false);
    wheel.arm(a, 300);
    expect(wheel.isArmed(a)).toBe(true);
    wheel.disarm(a);
    expect(wheel.isArmed(a)).toBe(false);
    wheel.arm(a, 300);
    clock.advance(1000);
    expect(wheel.isArmed(a)).toBe(false);
  });

  it('can be disarmed, also when it is not armed', () => {
    const [a, b] = [new Noted('a'), new Noted('b')];
    wheel.disarm(a);
    wheel.arm(a, 300);
    wheel.arm(b, 300);
    wheel.disarm(a);
    wheel.disarm(a);
    clock.advance(1000);
    expect(fired.map(([name]) => name)).toEqual(['b']);
  });

  it('can be armed anew, to sooner and to later', () => {
    const a = new Noted('a');
    wheel.arm(a, 5000);
    wheel.arm(a, 300);
    clock.advance(1000);
    expect(fired).toHaveLength(1);
    wheel.arm(a, 300);
    wheel.arm(a, 5000);
    clock.advance(4900);
    expect(fired).toHaveLength(1);
    clock.advance(200);
    expect(fired).toHaveLength(2);
  });

  it('can be postponed, again and again', () => {
    const a = new Noted('a');
    wheel.postpone(a, 1000);
    for (let i = 0; i < 200; i++) {
      clock.advance(900);
      wheel.postpone(a, 1000);
    }
    expect(fired).toEqual([]);
    const due = clock.now() + 1000;
    clock.advance(1000 + WHEEL_TICK_MS);
    expect(fired.map(([, at]) => at >= due)).toEqual([true]);
  });

  it('takes a postponement to an earlier moment at its word', () => {
    const a = new Noted('a');
    wheel.arm(a, 5000);
    wheel.postpone(a, 300);
    clock.advance(400);
    expect(fired).toHaveLength(1);
  });

  it('lets a callback arm its own deadline again', () => {
    const a: Noted = new Noted('a', () => wheel.arm(a, 1000));
    wheel.arm(a, 1000);
    clock.advance(5600);
    expect(fired).toHaveLength(5);
  });

  it('lets a callback arm its own deadline again at once, and does not turn in a circle', () => {
    let left = 3;
    const a: Noted = new Noted('a', () => {
      if (left-- > 0) wheel.arm(a, 0);
    });
    wheel.arm(a, 300);
    clock.advance(400 + 3 * WHEEL_TICK_MS);
    expect(fired).toHaveLength(4);
  });

  it('lets a callback disarm its neighbours', () => {
    const [b, c] = [new Noted('b'), new Noted('c')];
    const a = new Noted('a', () => {
      wheel.disarm(b);
      wheel.disarm(c);
    });
    for (const deadline of [a, b, c, new Noted('d')]) wheel.arm(deadline, 300);
    clock.advance(1000);
    expect(fired.map(([name]) => name)).toEqual(['a', 'd']);
  });

  it('lets a callback move its neighbours', () => {
    const [b, c] = [new Noted('b'), new Noted('c')];
    const a = new Noted('a', () => {
      wheel.arm(b, 1000);
      wheel.postpone(c, 2000);
    });
    for (const deadline of [a, b, c]) wheel.arm(deadline, 300);
    clock.advance(900);
    expect(fired.map(([name]) => name)).toEqual(['a']);
    clock.advance(2000);
    expect(fired.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });

  it('waits for moments many revolutions away', () => {
    wheel.arm(new Noted('a'), 10 * REVOLUTION_MS + 250);
    clock.advance(10 * REVOLUTION_MS + 249);
    expect(fired).toEqual([]);
    clock.advance(WHEEL_TICK_MS + 1);
    expect(fired).toHaveLength(1);
  });

  it.each([1000, REVOLUTION_MS, REVOLUTION_MS + 1000, 20 * REVOLUTION_MS])(
    'calls all that fell due while the process stood still for %i ms, and nothing else',
    (stallMs) => {
      for (let i = 1; i <= 8; i++) wheel.arm(new Noted('due'), (stallMs * i) / 8);
      wheel.arm(new Noted('not due'), stallMs + 5000);
      clock.stall(stallMs);
      clock.advance(2 * WHEEL_TICK_MS);
      expect(fired.map(([name]) => name)).toEqual(Array.from({ length: 8 }, () => 'due'));
      clock.advance(5000);
      expect(fired.at(-1)?.[0]).toBe('not due');
    },
  );

  it('never comes for a delay of Infinity', () => {
    const [a, b, c] = [new Noted('a'), new Noted('b'), new Noted('c')];
    wheel.arm(a, Infinity);
    wheel.postpone(b, Infinity);
    wheel.arm(c, 300);
    wheel.postpone(c, Infinity);
    clock.advance(10 * REVOLUTION_MS);
    expect(fired).toEqual([]);
    wheel.arm(a, 300);
    clock.advance(1000);
    expect(fired).toHaveLength(1);
  });

  describe('ticks only while something is armed, by one timer', () => {
    it('and not before, nor afterwards', () => {
      const a = new Noted('a');
      expect(clock.scheduled).toBe(0);
      wheel.arm(a, 300);
      wheel.arm(new Noted('b'), 400);
      wheel.arm(a, 500);
      expect(clock.scheduled).toBe(1);
      clock.advance(1000);
      expect(clock.scheduled).toBe(0);
    });

    it('and not once the last is disarmed', () => {
      const [a, b] = [new Noted('a'), new Noted('b')];
      wheel.arm(a, 300);
      wheel.arm(b, 300);
      wheel.disarm(a);
      expect(clock.scheduled).toBe(1);
      wheel.disarm(b);
      expect(clock.scheduled).toBe(0);
    });

    it('also when a callback disarms the last one and arms another', () => {
      const c = new Noted('c');
      const b = new Noted('b');
      const a = new Noted('a', () => {
        wheel.disarm(b);
        wheel.arm(c, 5000);
      });
      wheel.arm(a, 300);
      wheel.arm(b, 5000);
      clock.advance(1000);
      expect(clock.scheduled).toBe(1);
      clock.advance(5000);
      expect(fired.map(([name]) => name)).toEqual(['a', 'c']);
      expect(clock.scheduled).toBe(0);
    });

    it('and is right again after it has stood still', () => {
      wheel.arm(new Noted('a'), 300);
      clock.advance(100 * REVOLUTION_MS + 33);
      const due = clock.now() + 300;
      wheel.arm(new Noted('b'), 300);
      clock.advance(300 + WHEEL_TICK_MS);
      expect(fired.map(([name]) => name)).toEqual(['a', 'b']);
      expect(fired[1]?.[1]).toBeGreaterThanOrEqual(due);
    });
  });

  it('tells the time of its clock', () => {
    clock.advance(5);
    expect(wheel.now()).toBe(start + 5);
  });
});
