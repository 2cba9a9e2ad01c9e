import { describe, expect, it } from '@jest/globals';
import { Writers } from './writers.js';

const ticks = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('Who waits for a write', () => {
  it('is told of it once, behind who wants to know of every write', () => {
    const told: unknown[] = [];
    const writers = new Writers();
    writers.add((error) => told.push(['first', error]));
    writers.add((error) => told.push(['second', error]));
    const written = writers.take(() => told.push('every'));
    expect(writers.isEmpty).toBe(true);
    writers.add(() => told.push('of the next'));
    written(null);
    expect(told).toEqual(['every', ['first', undefined], ['second', undefined]]);
  });

  it('is told why it did not come to be', () => {
    const told: unknown[] = [];
    const writers = new Writers();
    writers.add((error) => told.push(error));
    const failure = new Error('no');
    writers.take(undefined)(failure);
    expect(told).toEqual([failure]);
  });

  it('is told of the end, not within the call that ends it', async () => {
    const told: unknown[] = [];
    const writers = new Writers();
    writers.add((error) => told.push(error?.message));
    writers.fail();
    writers.fail();
    expect(told).toEqual([]);
    await ticks();
    expect(told).toEqual(['The connection ended before this was written']);
  });
});
