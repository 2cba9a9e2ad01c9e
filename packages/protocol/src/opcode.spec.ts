import { describe, expect, it } from '@jest/globals';
import { isControlOpcode, isReservedOpcode, Opcode } from './opcode.js';

const opcodesWhere = (predicate: (opcode: number) => boolean) =>
  Array.from({ length: 16 }, (_, opcode) => opcode).filter(predicate);

describe('Opcodes (RFC 6455 §5.2, §11.8)', () => {
  it('has the numbers of the registry', () => {
    expect(Opcode).toEqual({ Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 });
  });

  it('tells control frames by their most significant bit', () => {
    expect(opcodesWhere(isControlOpcode)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('holds 3–7 and 11–15 for reserved', () => {
    expect(opcodesWhere(isReservedOpcode)).toEqual([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]);
  });
});
