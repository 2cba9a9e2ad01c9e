import { describe, expect, it } from '@jest/globals';
import { bytes, concat, frameFor, oneByOne, RecordingSink, utf8 } from '@nestwire/test-support';
import { Role } from '../role.js';
import { FrameParser } from './frame-parser.js';

/** Texts and bytes of every length up to where the form of the length, or the way of unmasking, has changed. */
const frames = Array.from({ length: 300 }, (_, length) => [
  frameFor(Role.Server, { opcode: 1, payload: 'a'.repeat(length) }),
  frameFor(Role.Server, { opcode: 2, payload: new Uint8Array(length).map((_octet, i) => i * 37 + length) }),
  frameFor(Role.Server, { opcode: 1, payload: `${'b'.repeat(length)}é` }),
  frameFor(Role.Server, { opcode: 1, payload: `é${'c'.repeat(length)}` }),
]).flat();

/** In the middle of something larger, as a chunk may be. */
function parsed(wire: Uint8Array, view: boolean, before = 0): RecordingSink {
  const storage = concat(new Uint8Array(before), wire, new Uint8Array(9));
  const chunk = storage.subarray(before, before + wire.length);
  const sink = new RecordingSink();
  const parser = new FrameParser(sink, { role: Role.Server });
  const taken = view
    ? parser.parse(chunk, new DataView(chunk.buffer, chunk.byteOffset, chunk.length))
    : parser.parse(chunk);
  expect(taken).toBe(wire.length);
  expect(storage.subarray(before + wire.length)).toEqual(new Uint8Array(9));
  return sink;
}

function parsedOneByOne(wire: Uint8Array): RecordingSink {
  const sink = new RecordingSink();
  const parser = new FrameParser(sink, { role: Role.Server });
  for (const piece of oneByOne(wire)) parser.parse(piece.slice());
  return sink;
}

/** Whether each text was said to be ASCII. */
function textsInAscii({ calls, ascii }: RecordingSink): readonly boolean[] {
  return ascii.filter((_, i) => calls[i]?.[0] === 'text');
}

describe('Many messages in one chunk', () => {
  const wire = concat(...frames);
  const expected = parsedOneByOne(wire);

  it.each([false, true])('are those that come byte by byte; with a view: %s', (view) => {
    const sink = parsed(wire, view);
    expect(sink.calls).toEqual(expected.calls);
    expect(textsInAscii(sink)).toEqual(textsInAscii(expected));
  });

  it.each([1, 2, 3])('wherever the chunk lies in its storage: at %i', (before) => {
    expect(parsed(wire, true, before).calls).toEqual(expected.calls);
  });

  it('and what is no such message among them', () => {
    const mixed = concat(
      frameFor(Role.Server, { opcode: 1, payload: 'one' }),
      frameFor(Role.Server, { opcode: 9, payload: 'ping' }),
      frameFor(Role.Server, { opcode: 1, payload: 'two' }),
      frameFor(Role.Server, { opcode: 1, payload: 'thr', fin: false }),
      frameFor(Role.Server, { opcode: 9, payload: 'between' }),
      frameFor(Role.Server, { opcode: 0, payload: 'ee' }),
      frameFor(Role.Server, { opcode: 2, payload: bytes('04') }),
    );
    expect(parsed(mixed, true).calls).toEqual(parsedOneByOne(mixed).calls);
  });

  it.each([
    ['text that is not UTF-8', frameFor(Role.Server, { opcode: 1, payload: bytes('61 ff 62') }), 'invalid-utf8'],
    ['text that ends in a character', frameFor(Role.Server, { opcode: 1, payload: bytes('c3') }), 'invalid-utf8'],
    ['a message in the middle of another', frameFor(Role.Server, { opcode: 1, payload: 'x' }), 'expected-continuation'],
    ['a frame without a mask', bytes('81 01 61'), 'unmasked-frame'],
    ['a length that is longer than it need be', bytes(`81 fe 00 7d${' 00'.repeat(4 + 125)}`), 'non-minimal-length'],
  ])('end at a mistake: %s', (_what, mistake, violation) => {
    const first = frameFor(Role.Server, {
      opcode: 1,
      payload: utf8('first'),
      fin: violation !== 'expected-continuation',
    });
    const sink = parsed(concat(first, mistake, frameFor(Role.Server, { opcode: 1, payload: 'behind' })), true);
    expect(sink.calls.at(-1)).toEqual(['violation', violation]);
    expect(sink.calls.filter(([kind]) => kind === 'text')).toHaveLength(violation === 'expected-continuation' ? 0 : 1);
  });
});
