import { describe, expect, it } from '@jest/globals';
import { CloseCodeRegistry, defineCloseCodes } from './close-code-registry.js';
import { CLOSE_CODES, type ReconnectRule } from './close-codes.js';
import type { ConnectionPast } from './reconnect-rule.js';

const closeCodes = defineCloseCodes({
  RoomClosed: { code: 4000, client: 'never', meaning: 'the room has closed' },
  Maintenance: { code: 4999, client: 'now' },
  Moved: { code: 4399 },
  Expired: { code: 4500, client: 'reauth' },
});

describe("The application's close codes", () => {
  it('have names', () => {
    const code: 4000 = closeCodes.code.RoomClosed;
    expect(code).toBe(4000);
    expect(closeCodes.code).toEqual({ RoomClosed: 4000, Maintenance: 4999, Moved: 4399, Expired: 4500 });
  });

  it('have entries like all others, sent by both', () => {
    expect(closeCodes.entry(4000)).toEqual({
      code: 4000,
      name: 'RoomClosed',
      meaning: 'the room has closed',
      sender: 'both',
      client: 'never',
    });
    expect(closeCodes.entry(4399)).toMatchObject({ name: 'Moved', meaning: 'Moved', client: 'backoff' });
    expect(closeCodes.entry(4403)).toMatchObject({ name: 'Forbidden', sender: 'server' });
    expect(closeCodes.entry(4001)).toMatchObject({ name: 'Application', client: 'backoff' });
  });

  it('stand among all that have a name, in order', () => {
    const codes = closeCodes.entries.map(({ code }) => code);
    expect(codes).toEqual([...CLOSE_CODES.map(({ code }) => code), 4000, 4399, 4500, 4999].sort((a, b) => a - b));
    expect(new CloseCodeRegistry({}).entries).toEqual(CLOSE_CODES);
  });

  it.each<[number, ConnectionPast, ReconnectRule]>([
    [4000, { livedMs: 1e9 }, 'never'],
    [4999, { livedMs: 60_000 }, 'now'],
    [4999, { livedMs: 59_999 }, 'backoff'],
    [4500, { livedMs: 0 }, 'reauth'],
    [4500, { livedMs: 0, reauthenticated: true }, 'never'],
    [4408, { livedMs: 60_000 }, 'now'],
    [4001, { livedMs: 0 }, 'backoff'],
  ])('say what a client does after %d', (code, past, rule) => {
    expect(closeCodes.reconnectRule(code, past)).toBe(rule);
  });

  it.each([999, 1000, 1006, 3000, 3999, 4400, 4403, 4499, 5000, 4000.5, NaN])('can not have %d', (code) => {
    expect(() => defineCloseCodes({ Mine: { code } })).toThrow(RangeError);
  });

  it.each([4000, 4399, 4500, 4999])('can have %d', (code) => {
    expect(defineCloseCodes({ Mine: { code } }).entry(code).name).toBe('Mine');
  });

  it('can not have a code, or a name, that is taken', () => {
    expect(() => defineCloseCodes({ A: { code: 4000 }, B: { code: 4000 } })).toThrow('both 4000');
    expect(() => defineCloseCodes({ Forbidden: { code: 4000 } })).toThrow('Forbidden');
    expect(() => defineCloseCodes({ GoingAway: { code: 4000 } })).toThrow('GoingAway');
  });

  it('can not have a rule that is none', () => {
    expect(() => defineCloseCodes({ Mine: { code: 4000, client: 'later' as 'now' } })).toThrow(RangeError);
  });
});
