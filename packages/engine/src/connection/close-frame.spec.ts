import { describe, expect, it } from '@jest/globals';
import { Role } from '@nestwire/protocol';
import { hex } from '@nestwire/test-support';
import { serializeCloseBody } from './close-frame.js';

describe('Body of a close frame (RFC 6455 §5.5.1)', () => {
  it.each([
    [1000, '', '03 e8'],
    [1001, 'gone', '03 e9 67 6f 6e 65'],
    [3000, 'é', '0b b8 c3 a9'],
    [4999, '€', '13 87 e2 82 ac'],
  ])('%i "%s"', (code, reason, body) => {
    expect(hex(serializeCloseBody(code, reason, Role.Server))).toBe(body);
    expect(hex(serializeCloseBody(code, reason, Role.Client))).toBe(body);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, -1, 1000.5, NaN, Infinity])(
    'throws for the code %d, whatever the role (§7.4)',
    (code) => {
      expect(() => serializeCloseBody(code, '', Role.Server)).toThrow(RangeError);
      expect(() => serializeCloseBody(code, '', Role.Client)).toThrow(RangeError);
    },
  );

  it('has 1010 for clients, 1011 to 1014 for servers (§7.4.1)', () => {
    expect(() => serializeCloseBody(1010, '', Role.Server)).toThrow(RangeError);
    expect(hex(serializeCloseBody(1010, '', Role.Client))).toBe('03 f2');
    for (const code of [1011, 1012, 1013, 1014]) {
      expect(() => serializeCloseBody(code, '', Role.Client)).toThrow(RangeError);
      expect(serializeCloseBody(code, '', Role.Server).readUInt16BE()).toBe(code);
    }
  });

  it('takes 123 bytes of reason in UTF-8, and no more', () => {
    expect(serializeCloseBody(1000, 'r'.repeat(123), Role.Server)).toHaveLength(125);
    expect(serializeCloseBody(1000, `${'é'.repeat(61)}r`, Role.Server)).toHaveLength(125);
    expect(() => serializeCloseBody(1000, 'r'.repeat(124), Role.Server)).toThrow(RangeError);
    expect(() => serializeCloseBody(1000, 'é'.repeat(62), Role.Server)).toThrow(RangeError);
  });
});
