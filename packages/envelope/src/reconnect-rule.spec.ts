import { describe, expect, it } from '@jest/globals';
import { CLOSE_CODES, type CloseCodeSender, closeCodeEntry, type ReconnectRule } from './close-codes.js';
import { reconnectRule } from './reconnect-rule.js';

/** The contract's table, row by row: code, who may send it, and what a client does after a life of an hour. */
const TABLE: [code: number, sender: CloseCodeSender, rule: ReconnectRule][] = [
  [1000, 'both', 'never'],
  [1001, 'both', 'backoff'],
  [1002, 'both', 'never'],
  [1003, 'both', 'never'],
  // It can't be received; nothing follows from it.
  [1004, 'nobody', 'never'],
  [1005, 'nobody', 'backoff'],
  [1006, 'nobody', 'backoff'],
  [1007, 'both', 'never'],
  [1008, 'both', 'never'],
  [1009, 'both', 'never'],
  [1010, 'client', 'never'],
  [1011, 'server', 'backoff'],
  [1012, 'server', 'now'],
  [1013, 'server', 'backoff'],
  [1014, 'server', 'backoff'],
  [1015, 'nobody', 'backoff'],
  [3000, 'both', 'reauth'],
  [3003, 'both', 'never'],
  [4400, 'server', 'never'],
  [4401, 'server', 'reauth'],
  [4403, 'server', 'never'],
  [4404, 'server', 'never'],
  [4408, 'server', 'now'],
  [4409, 'server', 'never'],
  [4421, 'server', 'now'],
  [4429, 'server', 'backoff'],
  [4490, 'server', 'backoff'],
];

describe('What a client does after a close code', () => {
  it('is settled for every code that has a name', () => {
    expect(CLOSE_CODES.map(({ code }) => code)).toEqual(TABLE.map(([code]) => code));
  });

  it.each(TABLE)('%d, which %s may send: %s', (code, sender, rule) => {
    expect(closeCodeEntry(code).sender).toBe(sender);
    expect(reconnectRule(code, { livedMs: 3_600_000 })).toBe(rule);
    expect(reconnectRule(code, { livedMs: 60_000 })).toBe(rule);
  });

  it.each(TABLE)('%d, after a life of under 60 s: never at once', (code, _sender, rule) => {
    for (const livedMs of [0, 59_999, NaN]) {
      expect(reconnectRule(code, { livedMs })).toBe(rule === 'now' ? 'backoff' : rule);
    }
  });

  it.each(TABLE)('%d, after the one try with a new token: not another', (code, _sender, rule) => {
    expect(reconnectRule(code, { livedMs: 3_600_000, reauthenticated: true })).toBe(rule === 'reauth' ? 'never' : rule);
  });

  it.each([3001, 3999, 4000, 4399, 4450, 4500, 4999])('%d, which has no name: backoff', (code) => {
    expect(reconnectRule(code, { livedMs: 0 })).toBe('backoff');
  });
});
