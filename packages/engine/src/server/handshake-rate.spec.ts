import { describe, expect, it } from '@jest/globals';
import { HandshakeRate } from './handshake-rate.js';

describe('Handshakes from an address', () => {
  it('may come in a burst, then one by one', () => {
    const rate = new HandshakeRate(50, 100);
    const at = (now: number) => rate.take('a', now);
    for (let i = 0; i < 100; i++) expect(at(5000)).toBe(0);
    expect(at(5000)).toBeCloseTo(20);
    expect(at(5019)).toBeCloseTo(1);
    // What was refused has cost nothing.
    expect(at(5020)).toBe(0);
    expect(at(5020)).toBeCloseTo(20);
    let allowed = 0;
    for (let now = 5020; now < 15_020; now++) if (at(now) === 0) allowed++;
    expect(allowed).toBeGreaterThanOrEqual(499);
    expect(allowed).toBeLessThanOrEqual(500);
  });

  it('may come in a burst again, once the bucket is full', () => {
    const rate = new HandshakeRate(50, 100);
    for (let i = 0; i < 100; i++) rate.take('a', 0);
    expect(rate.take('a', 0)).toBeGreaterThan(0);
    for (let i = 0; i < 100; i++) expect(rate.take('a', 2000)).toBe(0);
    expect(rate.take('a', 2000)).toBeGreaterThan(0);
  });

  it('are counted for each address by itself', () => {
    const rate = new HandshakeRate(1, 1);
    expect(rate.take('a', 0)).toBe(0);
    expect(rate.take('b', 0)).toBe(0);
    expect(rate.take('a', 0)).toBeGreaterThan(0);
  });

  it('are remembered over the turn of the generations', () => {
    const rate = new HandshakeRate(1, 10);
    rate.take('other', 0);
    for (let i = 0; i < 10; i++) expect(rate.take('a', 9999)).toBe(0);
    rate.take('other', 10_001);
    expect(rate.take('a', 10_001)).toBeGreaterThan(0);
  });

  it('are forgotten when they do not matter any longer', () => {
    const rate = new HandshakeRate(50, 100);
    for (let i = 0; i < 1000; i++) rate.take(`a${String(i)}`, 0);
    expect(rate.size).toBe(1000);
    rate.take('b', 2000);
    rate.take('b', 4000);
    expect(rate.size).toBeLessThanOrEqual(2);
  });

  it('take bounded memory, however many addresses there are', () => {
    const rate = new HandshakeRate(50, 100);
    for (let i = 0; i < 500_000; i++) rate.take(`a${String(i)}`, 0);
    expect(rate.size).toBeLessThanOrEqual(131_072);
  });

  it.each([
    [Infinity, 100],
    [50, Infinity],
  ])('have no limit with %d a second and a burst of %d', (perSecond, burst) => {
    const rate = new HandshakeRate(perSecond, burst);
    for (let i = 0; i < 10_000; i++) expect(rate.take('a', 0)).toBe(0);
    expect(rate.size).toBe(0);
  });
});
