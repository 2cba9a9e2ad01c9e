import { describe, expect, it } from '@jest/globals';
import { PatternTable } from './pattern-table.js';

describe('PatternTable', () => {
  it('has codes, and nothing else, where events have no names', () => {
    const table = new PatternTable([1, 'chat', '7'], false);
    expect([1, 'chat', '7', 0, 1.5, {}, undefined].map((pattern) => table.codeOf(pattern))).toEqual([
      1,
      ...Array<undefined>(6).fill(undefined),
    ]);
    expect(table.events).toEqual({});
  });

  it('gives events the largest codes that nobody has chosen', () => {
    const table = new PatternTable(['a', 2147483647, 'b', '2147483645', 'a', 'c'], true);
    expect(table.events).toEqual({ a: 2147483646, b: 2147483644, c: 2147483643 });
    expect(table.codeOf('b')).toBe(2147483644);
    expect(table.codesOf(['c', 1, {}, 'nobody'])).toEqual(new Set([2147483643, 1]));
  });

  it.each([
    ['1001', 1001],
    ['2147483647', 2147483647],
    ['2147483648', 2147483646],
    ['07', 2147483646],
    ['', 2147483646],
    ['__proto__', 2147483646],
  ])('takes %j for its number, if that is a code, and for a name otherwise', (event, code) => {
    const table = new PatternTable([2147483647, event], true);
    expect(table.codeOf(event)).toBe(code);
    expect(Object.keys(table.events)).toEqual(code === 2147483646 ? [event] : []);
  });
});
