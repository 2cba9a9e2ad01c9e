import { describe, expect, it } from '@jest/globals';
import { flushAtEndOfTurn } from './flush-queue.js';

/** The end of this turn of the event loop, behind what was queued for it before. */
const endOfTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('Flushing at the end of the turn', () => {
  it('comes after all microtasks of the turn, in the order of asking', async () => {
    const calls: string[] = [];
    flushAtEndOfTurn({ flush: () => calls.push('a') });
    flushAtEndOfTurn({ flush: () => calls.push('b') });
    process.nextTick(() => calls.push('tick'));
    await Promise.resolve();
    expect(calls).toEqual([]);
    await endOfTurn();
    expect(calls).toEqual(['tick', 'a', 'b']);
    await endOfTurn();
    expect(calls).toEqual(['tick', 'a', 'b']);
  });

  it('leaves what is asked for while flushing to the next turn', async () => {
    const calls: string[] = [];
    const later = { flush: () => calls.push('later') };
    flushAtEndOfTurn({
      flush: () => {
        calls.push('first');
        flushAtEndOfTurn(later);
      },
    });
    flushAtEndOfTurn({ flush: () => calls.push('second') });
    await endOfTurn();
    expect(calls).toEqual(['first', 'second']);
    await endOfTurn();
    expect(calls).toEqual(['first', 'second', 'later']);
  });
});
