import { describe, expect, it } from '@jest/globals';
import { addTally, emptyTally, Sequence } from './sequence.js';

/** What is counted of these numbers; `end` is how many there were, where the connection lived. */
function tallyOf(numbers: readonly number[], end?: number, first = 0) {
  const tally = emptyTally();
  const sequence = new Sequence(tally, first);
  for (const n of numbers) sequence.receive(n);
  if (end !== undefined) sequence.end(end);
  const { delivered, lost, duplicated, reordered } = tally;
  return [delivered, lost, duplicated, reordered];
}

describe('Numbered messages: delivered, lost, duplicated, reordered', () => {
  it.each([
    ['all of them', [0, 1, 2], 3, [3, 0, 0, 0]],
    ['from where it begins', [7, 8], 9, [2, 0, 0, 0], 7],
    ['none, and there was none', [], 0, [0, 0, 0, 0]],
    ['a gap, while the connection lives', [0, 2], undefined, [2, 1, 0, 0]],
    ['a gap at the beginning', [2], 3, [1, 2, 0, 0]],
    ['the last ones missing, and the connection lived', [0, 1], 4, [2, 2, 0, 0]],
    ['the last ones missing, and the connection was cut off', [0, 1], undefined, [2, 0, 0, 0]],
    ['twice', [0, 1, 1, 2], 3, [3, 0, 1, 0]],
    ['an old one again', [0, 1, 2, 0], 3, [3, 0, 1, 0]],
    ['one from before the beginning', [7, 3], 8, [1, 0, 1, 0], 7],
    ['in another order', [0, 2, 1, 3], 4, [4, 0, 0, 1]],
    ['in another order, and then again', [0, 2, 1, 1], 3, [3, 0, 1, 1]],
  ])('%s', (_name, numbers, end, expected, first = 0) => {
    expect(tallyOf(numbers, end, first)).toEqual(expected);
  });

  it('goes on counting duplicates behind the end, and nothing else', () => {
    const tally = emptyTally();
    const sequence = new Sequence(tally);
    sequence.receive(0);
    sequence.end(1);
    sequence.receive(1);
    sequence.receive(0);
    expect(tally).toEqual({ delivered: 1, lost: 0, duplicated: 1, reordered: 0, corrupt: 0 });
  });

  it('adds up', () => {
    const sum = { delivered: 1, lost: 2, duplicated: 3, reordered: 4, corrupt: 5 };
    addTally(sum, { delivered: 10, lost: 20, duplicated: 30, reordered: 40, corrupt: 50 });
    expect(sum).toEqual({ delivered: 11, lost: 22, duplicated: 33, reordered: 44, corrupt: 55 });
  });
});
