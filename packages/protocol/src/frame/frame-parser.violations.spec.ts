import { describe, expect, it } from '@jest/globals';
import { bytes, concat, frameFor, oneByOne, parse, splitsOf } from '@nestwire/test-support';
import { Role } from '../role.js';
import { CLOSE_CODE_OF_VIOLATION, Violation } from '../violation.js';

const { Server, Client } = Role;

/** Limits that make the two violations of §10.4 short to write down; the others keep well below. */
const LIMITS = { maxMessageBytes: 70_000, maxFragments: 3 };

/** A key of zeros leaves the payload readable: the wire of a client is that of a server, with a mask. */
// prettier-ignore
const EXAMPLES: readonly (readonly [Violation, number, Role, string, string])[] = [
  [Violation.ReservedBits, 1002, Server, 'RSV1 on a text frame', 'c1 81 00000000 41'],
  [Violation.ReservedBits, 1002, Client, 'RSV1 on a text frame', 'c1 01 41'],
  [Violation.ReservedBits, 1002, Server, 'RSV2 on a text frame', 'a1 81 00000000 41'],
  [Violation.ReservedBits, 1002, Client, 'RSV2 on a text frame', 'a1 01 41'],
  [Violation.ReservedBits, 1002, Server, 'RSV3 on a text frame', '91 81 00000000 41'],
  [Violation.ReservedBits, 1002, Client, 'RSV3 on a text frame', '91 01 41'],
  [Violation.ReservedBits, 1002, Server, 'RSV1 on a ping', 'c9 80 00000000'],
  [Violation.ReservedBits, 1002, Client, 'RSV1 on a close frame', 'c8 00'],
  [Violation.ReservedBits, 1002, Server, 'RSV1 on a continuation', '01 80 00000000 c0 80 00000000'],

  [Violation.ReservedOpcode, 1002, Server, 'opcode 3', '83 80 00000000'],
  [Violation.ReservedOpcode, 1002, Client, 'opcode 3', '83 00'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 4', '84 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 5', '85 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 6', '86 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 7', '87 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 11', '8b 80 00000000'],
  [Violation.ReservedOpcode, 1002, Client, 'opcode 11', '8b 00'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 12', '8c 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 13', '8d 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 14', '8e 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 15', '8f 80 00000000'],
  [Violation.ReservedOpcode, 1002, Server, 'opcode 3 within a message', '01 80 00000000 83 80 00000000'],

  [Violation.UnmaskedFrame, 1002, Server, 'a text frame', '81 05 48656c6c6f'],
  [Violation.UnmaskedFrame, 1002, Server, 'an empty one', '81 00'],
  [Violation.UnmaskedFrame, 1002, Server, 'a close frame', '88 02 03e8'],
  [Violation.MaskedFrame, 1002, Client, 'a text frame', '81 85 37fa213d 7f9f4d5158'],
  [Violation.MaskedFrame, 1002, Client, 'an empty one, the key of zeros', '81 80 00000000'],
  [Violation.MaskedFrame, 1002, Client, 'a close frame', '88 82 00000000 03e8'],

  [Violation.NonMinimalLength, 1002, Server, '0 in 16 bits', '82 fe 0000 00000000'],
  [Violation.NonMinimalLength, 1002, Client, '0 in 16 bits', '82 7e 0000'],
  [Violation.NonMinimalLength, 1002, Server, '125 in 16 bits', '82 fe 007d 00000000'],
  [Violation.NonMinimalLength, 1002, Client, '125 in 16 bits', '82 7e 007d'],
  [Violation.NonMinimalLength, 1002, Server, '0 in 64 bits', '82 ff 0000000000000000 00000000'],
  [Violation.NonMinimalLength, 1002, Server, '125 in 64 bits', '82 ff 000000000000007d 00000000'],
  [Violation.NonMinimalLength, 1002, Server, '126 in 64 bits', '82 ff 000000000000007e 00000000'],
  [Violation.NonMinimalLength, 1002, Server, '65535 in 64 bits', '82 ff 000000000000ffff 00000000'],
  [Violation.NonMinimalLength, 1002, Client, '65535 in 64 bits', '82 7f 000000000000ffff'],

  [Violation.LengthTopBit, 1002, Server, 'the top bit alone', '82 ff 8000000000000000 00000000'],
  [Violation.LengthTopBit, 1002, Client, 'the top bit alone', '82 7f 8000000000000000'],
  [Violation.LengthTopBit, 1002, Server, 'all bits', '82 ff ffffffffffffffff 00000000'],
  [Violation.LengthTopBit, 1002, Client, 'the top bit and 1', '82 7f 8000000000000001'],

  [Violation.FragmentedControlFrame, 1002, Server, 'a ping', '09 80 00000000'],
  [Violation.FragmentedControlFrame, 1002, Client, 'a ping', '09 00'],
  [Violation.FragmentedControlFrame, 1002, Server, 'a pong', '0a 80 00000000'],
  [Violation.FragmentedControlFrame, 1002, Server, 'a close frame', '08 82 00000000 03e8'],

  [Violation.ControlFrameTooLong, 1002, Server, 'a ping of 126 bytes', '89 fe 007e 00000000'],
  [Violation.ControlFrameTooLong, 1002, Client, 'a ping of 126 bytes', '89 7e 007e'],
  [Violation.ControlFrameTooLong, 1002, Server, 'a pong of 65536 bytes', '8a ff 0000000000010000 00000000'],
  [Violation.ControlFrameTooLong, 1002, Server, 'a close frame of 126 bytes', '88 fe 007e 00000000'],
  [Violation.ControlFrameTooLong, 1002, Client, 'a ping of 5 bytes, said in 16 bits', '89 7e 0005'],

  [Violation.UnexpectedContinuation, 1002, Server, 'at first', '80 81 00000000 41'],
  [Violation.UnexpectedContinuation, 1002, Client, 'at first', '80 01 41'],
  [Violation.UnexpectedContinuation, 1002, Client, 'at first, not the last', '00 01 41'],
  [Violation.ExpectedContinuation, 1002, Server, 'a text frame within a text', '01 81 00000000 41 81 81 00000000 42'],
  [Violation.ExpectedContinuation, 1002, Client, 'a text frame within a text', '01 01 41 81 01 42'],
  [Violation.ExpectedContinuation, 1002, Client, 'a binary frame within a text', '01 01 41 02 01 42'],
  [Violation.ExpectedContinuation, 1002, Client, 'a text frame behind an empty fragment', '01 00 81 00'],
  [Violation.ExpectedContinuation, 1002, Client, 'a text frame within a binary', '02 01 41 00 01 42 01 01 43'],

  [Violation.TruncatedCloseCode, 1002, Server, 'a body of one byte', '88 81 00000000 03'],
  [Violation.TruncatedCloseCode, 1002, Client, 'a body of one byte', '88 01 03'],

  [Violation.InvalidCloseCode, 1002, Server, '0', '88 82 00000000 0000'],
  [Violation.InvalidCloseCode, 1002, Client, '0', '88 02 0000'],
  [Violation.InvalidCloseCode, 1002, Server, '999', '88 82 00000000 03e7'],
  [Violation.InvalidCloseCode, 1002, Server, '1004', '88 82 00000000 03ec'],
  [Violation.InvalidCloseCode, 1002, Client, '1005', '88 02 03ed'],
  [Violation.InvalidCloseCode, 1002, Client, '1006', '88 02 03ee'],
  [Violation.InvalidCloseCode, 1002, Client, '1015', '88 02 03f7'],
  [Violation.InvalidCloseCode, 1002, Server, '2999', '88 82 00000000 0bb7'],
  [Violation.InvalidCloseCode, 1002, Server, '5000', '88 82 00000000 1388'],
  [Violation.InvalidCloseCode, 1002, Client, '65535, with a reason', '88 04 ffff 4141'],

  [Violation.InvalidCloseReason, 1007, Server, 'a byte that is none of UTF-8', '88 83 00000000 03e8 ff'],
  [Violation.InvalidCloseReason, 1007, Client, 'a byte that is none of UTF-8', '88 03 03e8 ff'],
  [Violation.InvalidCloseReason, 1007, Server, 'a surrogate', '88 85 00000000 03e8 eda080'],
  [Violation.InvalidCloseReason, 1007, Client, 'cut within a character', '88 04 03e8 e282'],

  [Violation.InvalidUtf8, 1007, Server, 'a byte that is none of UTF-8', '81 81 00000000 ff'],
  [Violation.InvalidUtf8, 1007, Client, 'a byte that is none of UTF-8', '81 01 ff'],
  [Violation.InvalidUtf8, 1007, Server, 'a surrogate', '81 83 00000000 eda080'],
  [Violation.InvalidUtf8, 1007, Client, 'cut within a character', '81 02 e282'],
  [Violation.InvalidUtf8, 1007, Client, 'cut within a character, and nothing in the last fragment', '01 02 e282 80 00'],
  [Violation.InvalidUtf8, 1007, Server, 'broken between two fragments', '01 81 00000000 c3 80 81 00000000 41'],

  [Violation.MessageTooBig, 1009, Server, 'in one frame', '82 ff 0000000000011171 00000000'],
  [Violation.MessageTooBig, 1009, Client, 'in one frame', '82 7f 0000000000011171'],
  [Violation.MessageTooBig, 1009, Client, 'in all bits but the top one', '82 7f 7fffffffffffffff'],
  [Violation.MessageTooBig, 1009, Client, 'in a second fragment', '02 01 41 00 7f 0000000000011170'],

  [Violation.TooManyFragments, 1008, Server, 'all empty',
    '01 80 00000000 00 80 00000000 00 80 00000000 80 80 00000000'],
  [Violation.TooManyFragments, 1008, Client, 'with a ping between, which is none', '01 00 00 00 89 00 00 01 41 80 00'],
];

describe('Violations (RFC 6455 §5, §7, §8.1, §10.4)', () => {
  const reported = (calls: ReturnType<typeof parse>) => calls.filter(([kind]) => kind !== 'ping');

  it.each(EXAMPLES)('%s (%i), seen by a %s: %s', (violation, closeCode, role, _what, wire) => {
    expect(reported(parse(role, [bytes(wire)], LIMITS))).toEqual([['violation', violation]]);
    expect(CLOSE_CODE_OF_VIOLATION[violation]).toBe(closeCode);
  });

  it.each(EXAMPLES)('%s (%i), seen by a %s: %s, in any pieces', (violation, _closeCode, role, _what, literal) => {
    const wire = bytes(literal);
    for (const pieces of splitsOf(wire)) {
      expect(reported(parse(role, pieces, LIMITS))).toEqual([['violation', violation]]);
    }
    expect(reported(parse(role, oneByOne(wire), LIMITS))).toEqual([['violation', violation]]);
  });

  it('has an example of each', () => {
    const all = new Set<Violation>(Object.values(Violation));
    // Whether a message inflates is for whoever has the inflater to say.
    all.delete(Violation.InvalidCompressedData);
    expect(new Set(EXAMPLES.map(([violation]) => violation))).toEqual(all);
  });

  it.each(EXAMPLES)(
    '%s (%i), seen by a %s: %s; nothing is reported behind it',
    (violation, _code, role, _what, wire) => {
      const valid = frameFor(role, { opcode: 1, payload: 'valid' });
      const calls = parse(role, [concat(bytes(wire), valid), valid, bytes('ff')], LIMITS);
      expect(reported(calls)).toEqual([['violation', violation]]);
    },
  );

  it.each(EXAMPLES)(
    '%s (%i), seen by a %s: %s; what came before it is reported',
    (violation, _code, role, _what, wire) => {
      const valid = concat(
        frameFor(role, { opcode: 1, payload: 'valid' }),
        frameFor(role, { opcode: 10, payload: bytes('01') }),
      );
      expect(reported(parse(role, [concat(valid, bytes(wire))], LIMITS))).toEqual([
        ['text', 'valid'],
        ['pong', '01'],
        ['violation', violation],
      ]);
    },
  );
});
