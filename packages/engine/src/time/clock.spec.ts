import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestwire/test-support';
import { type Clock, systemClock } from './clock.js';

interface Moved {
  readonly clock: Clock;
  /** Lets at least so much time pass. */
  pass(ms: number): Promise<void>;
}

function manual(): Moved {
  const clock = new ManualClock(1000);
  return {
    clock,
    pass: async (ms) => {
      clock.advance(ms);
      await Promise.resolve();
    },
  };
}

function system(): Moved {
  // Time passes by a timer of the same clock: what is due before it has been called before it.
  const pass = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
  return { clock: systemClock, pass };
}

describe.each([
  ['the clock of the specs', manual],
  ['the clock of the machine', system],
])('Clock port: %s', (_name, create) => {
  it('never goes backwards', async () => {
    const { clock, pass } = create();
    const before = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    await pass(5);
    expect(clock.now()).toBeGreaterThanOrEqual(before + 4);
  });

  it('calls back once, not from within schedule', async () => {
    const { clock, pass } = create();
    let calls = 0;
    clock.schedule(() => calls++, 0);
    expect(calls).toBe(0);
    await pass(5);
    await pass(5);
    expect(calls).toBe(1);
  });

  it('does not call back after cancel, which may come late', async () => {
    const { clock, pass } = create();
    let calls = 0;
    const cancelled = clock.schedule(() => calls++, 1);
    const late = clock.schedule(() => (calls += 10), 1);
    cancelled.cancel();
    await pass(5);
    late.cancel();
    late.cancel();
    expect(calls).toBe(10);
  });
});
