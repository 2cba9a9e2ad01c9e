import { describe, expect, it } from '@jest/globals';
import { CloseCode, isReceivableCloseCode, isSendableCloseCode, MAX_CLOSE_REASON_BYTES } from './close-code.js';
import { Role } from './role.js';

/** The codes of 0–65535 for which the predicate holds, as "first-last" runs. */
function runsWhere(predicate: (code: number) => boolean): string[] {
  const runs: string[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (!predicate(code)) continue;
    const first = code;
    while (code < 0xffff && predicate(code + 1)) code++;
    runs.push(`${String(first)}-${String(code)}`);
  }
  return runs;
}

describe('Close codes (RFC 6455 §7.4)', () => {
  it('may be received, whatever the role', () => {
    expect(runsWhere(isReceivableCloseCode)).toEqual(['1000-1003', '1007-1014', '3000-4999']);
  });

  it.each([
    [Role.Server, ['1000-1003', '1007-1009', '1011-1014', '3000-4999']],
    [Role.Client, ['1000-1003', '1007-1010', '3000-4999']],
  ])('may be sent by a %s', (role, runs) => {
    expect(runsWhere((code) => isSendableCloseCode(code, role))).toEqual(runs);
  });

  it.each([NaN, Infinity, -1, -1000, 1000.5, 3000.25])('are integers: %p may not be sent', (code) => {
    expect(isSendableCloseCode(code, Role.Server)).toBe(false);
    expect(isSendableCloseCode(code, Role.Client)).toBe(false);
  });

  it('has none of the local ones among the sendable', () => {
    for (const code of [CloseCode.NoStatusReceived, CloseCode.AbnormalClosure, CloseCode.TlsHandshake]) {
      expect(isReceivableCloseCode(code)).toBe(false);
    }
  });

  it('leaves 123 bytes for a reason: 125 of a control frame, less the code (§5.5)', () => {
    expect(MAX_CLOSE_REASON_BYTES).toBe(123);
  });
});
