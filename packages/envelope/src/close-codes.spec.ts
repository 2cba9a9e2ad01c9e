import { describe, expect, it } from '@jest/globals';
import { CLOSE_CODES, closeCodeEntry, NestwireCloseCode } from './close-codes.js';

describe('The close-code registry', () => {
  it('has each code once, in order', () => {
    const codes = CLOSE_CODES.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  });

  it('has every code from 1000 to 1015', () => {
    for (let code = 1000; code <= 1015; code++) expect(CLOSE_CODES.some((entry) => entry.code === code)).toBe(true);
  });

  it.each([1004, 1005, 1006, 1015])('lets nobody send %d (RFC 6455 §7.4.1)', (code) => {
    expect(closeCodeEntry(code).sender).toBe('nobody');
  });

  it("has Nestwire's own, which servers alone send", () => {
    for (const code of Object.values(NestwireCloseCode)) {
      expect(closeCodeEntry(code)).toMatchObject({ code, sender: 'server' });
    }
  });

  it.each([
    [3001, 'both'],
    [4000, 'both'],
    [4399, 'both'],
    [4450, 'server'],
    [4500, 'both'],
    [4999, 'both'],
    [999, 'nobody'],
    [2000, 'nobody'],
    [5000, 'nobody'],
  ])('says of %d, which nobody named: %s may send it, and a client backs off', (code, sender) => {
    expect(closeCodeEntry(code)).toMatchObject({ sender, client: 'backoff' });
  });
});
