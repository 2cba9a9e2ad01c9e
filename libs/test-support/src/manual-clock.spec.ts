import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from './manual-clock.js';

describe('ManualClock', () => {
  let clock: ManualClock;
  let calls: string[];
  const note = (name: string) => () => void calls.push(`${name} at ${String(clock.now())}`);

  beforeEach(() => {
    clock = new ManualClock(1000);
    calls = [];
  });

  it('runs what is due, in order, each at its moment', () => {
    clock.schedule(note('b'), 20);
    clock.schedule(note('a'), 10);
    clock.schedule(note('c'), 20);
    clock.schedule(note('d'), 21);
    clock.advance(20);
    expect(calls).toEqual(['a at 1010', 'b at 1020', 'c at 1020']);
    expect(clock.now()).toBe(1020);
    expect(clock.scheduled).toBe(1);
  });

  it('runs what was scheduled on the way, and nothing that was cancelled', () => {
    const cancelled = clock.schedule(note('cancelled'), 15);
    clock.schedule(() => {
      note('first')();
      clock.schedule(note('second'), 5);
      cancelled.cancel();
    }, 10);
    clock.advance(100);
    expect(calls).toEqual(['first at 1010', 'second at 1015']);
    expect(clock.scheduled).toBe(0);
  });

  it('never calls from within schedule', () => {
    clock.schedule(note('a'), 0);
    expect(calls).toEqual([]);
    clock.advance(0);
    expect(calls).toEqual(['a at 1000']);
  });

  it('runs late what fell due in a stall', () => {
    clock.schedule(note('a'), 10);
    clock.stall(50);
    expect(calls).toEqual(['a at 1050']);
  });
});
