import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestwire/test-support';
import { Attempt } from './attempt.js';

class Target {
  destroyed = 0;
  destroy(): void {
    this.destroyed++;
  }
}

function attempt(signal?: AbortSignal): { attempt: Attempt; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, attempt: new Attempt({ signal, clock, handshakeTimeoutMs: 1000 }) };
}

const LATER = (): (() => void) => () => undefined;

describe('The steps of an attempt', () => {
  it('destroy what they worked on when they fail, also by throwing', async () => {
    const { attempt: steps } = attempt();
    const [failing, throwing] = [new Target(), new Target()];
    await expect(
      steps.step(failing, (_, fail) => {
        queueMicrotask(() => fail(new Error('no')));
        return () => undefined;
      }),
    ).rejects.toThrow('no');
    await expect(
      steps.step(throwing, () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect([failing.destroyed, throwing.destroyed]).toEqual([1, 1]);
  });

  it('do not begin when time ran out between two of them', async () => {
    const { attempt: steps, clock } = attempt();
    const target = new Target();
    let begun = false;
    await expect(
      steps.run(async () => {
        clock.advance(1000);
        await steps.step(target, () => {
          begun = true;
          return () => undefined;
        });
      }),
    ).rejects.toMatchObject({ reason: 'timeout' });
    expect([begun, target.destroyed]).toEqual([false, 1]);
  });

  it('have one outcome', async () => {
    const { attempt: steps, clock } = attempt();
    const target = new Target();
    let finish: (value: string) => void = () => undefined;
    const step = steps.step<string>(target, (done) => {
      finish = done;
      return () => undefined;
    });
    finish('first');
    finish('second');
    clock.advance(1000);
    expect(await step).toBe('first');
    expect(target.destroyed).toBe(0);
  });

  it('leave neither a timer nor a listener behind', async () => {
    const controller = new AbortController();
    const { attempt: steps, clock } = attempt(controller.signal);
    const waiting = steps.run(() => steps.step(new Target(), LATER));
    expect(clock.scheduled).toBe(1);
    controller.abort('why');
    await expect(waiting).rejects.toMatchObject({ reason: 'aborted', cause: 'why' });
    expect(clock.scheduled).toBe(0);
  });
});
