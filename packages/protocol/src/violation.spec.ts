import { describe, expect, it } from '@jest/globals';
import { isSendableCloseCode } from './close-code.js';
import { Role } from './role.js';
import { CLOSE_CODE_OF_VIOLATION, Violation } from './violation.js';

describe('Violations and the codes they are failed with (RFC 6455 §7.1.7)', () => {
  it('is this table', () => {
    expect(CLOSE_CODE_OF_VIOLATION).toEqual({
      'reserved-bits': 1002,
      'reserved-opcode': 1002,
      'unmasked-frame': 1002,
      'masked-frame': 1002,
      'non-minimal-length': 1002,
      'length-top-bit': 1002,
      'fragmented-control-frame': 1002,
      'control-frame-too-long': 1002,
      'unexpected-continuation': 1002,
      'expected-continuation': 1002,
      'truncated-close-code': 1002,
      'invalid-close-code': 1002,
      'invalid-close-reason': 1007,
      'invalid-utf8': 1007,
      'invalid-compressed-data': 1007,
      'message-too-big': 1009,
      'too-many-fragments': 1008,
    });
  });

  it.each(Object.values(Violation))('%s has a code that both roles may send', (violation) => {
    expect(isSendableCloseCode(CLOSE_CODE_OF_VIOLATION[violation], Role.Server)).toBe(true);
    expect(isSendableCloseCode(CLOSE_CODE_OF_VIOLATION[violation], Role.Client)).toBe(true);
  });
});
