import { describe, expect, it } from '@jest/globals';
import { Fifo } from './fifo.js';

describe('First in, first out', () => {
  it('gives back all that was put in, in its order, whatever comes between', () => {
    const fifo = new Fifo<number>();
    const out: (number | undefined)[] = [];
    for (let i = 0; i < 100; i++) {
      fifo.push(i);
      if (i % 3 !== 0) out.push(fifo.shift());
      expect(fifo.length).toBe(i + 1 - out.length);
    }
    while (fifo.length > 0) out.push(fifo.shift());
    expect(out).toEqual([...Array(100).keys()]);
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.length).toBe(0);
  });
});
