import { constants, deflateRawSync } from 'node:zlib';
import type { Random } from '../payloads.js';
import { closeBody, type Frame, frame, serialize } from '../wire/frame.js';

/** Sizes around every edge, the small ones far more often. */
const SIZES = [0, 1, 2, 3, 7, 16, 64, 124, 125, 126, 127, 128, 300];
const LARGE_SIZES = [65_535, 65_536, 70_000];

const TEXTS = ['', 'a', 'Größe', '€', 'κόσμε', '𐍈 and more', '\u{10ffff}', 'x'.repeat(130)];

/** Wrong in ways that chance finds too seldom. */
const WRONG: readonly Frame[] = [
  frame(2, '', { announced: 2n ** 63n }),
  frame(1, 'x', { announced: 2n ** 64n - 1n }),
  frame(2, 'x', { lengthBits: 16 }),
  frame(2, 'x'.repeat(126), { lengthBits: 64 }),
  frame(8, 'x'),
  frame(8, closeBody(1005)),
  frame(8, closeBody(5000)),
  frame(8, closeBody(1000, Buffer.of(0xc0, 0xaf))),
  frame(8, closeBody(1000), { fin: false }),
  frame(9, '', { fin: false }),
  frame(10, 'x'.repeat(126)),
  frame(1, Buffer.of(0xed, 0xa0, 0x80)),
  frame(1, Buffer.of(0xe2, 0x82)),
  frame(2, '', { announced: 2n ** 40n }),
];

/** The bytes of a stream: valid, nearly valid, or nothing of the kind. */
export function randomStream(random: Random, masks: boolean, compression: boolean): Buffer {
  if (random.below(10) === 0) return randomBytes(random, 1 + random.below(200));
  const stream = Buffer.concat(validFrames(random, compression).map((each) => serialize(each, masks)));
  return random.below(5) === 0 ? stream : mutated(random, stream);
}

/** Edges of chunks, in order. */
export function randomEdges(random: Random, length: number): number[] {
  const most = random.below(3) === 0 ? length : random.below(6);
  const edges: number[] = [];
  for (let at = 0; edges.length < most;) {
    at += 1 + random.below(random.below(2) === 0 ? 4 : 64);
    if (at >= length) break;
    edges.push(at);
  }
  return edges;
}

function validFrames(random: Random, compression: boolean): Frame[] {
  const frames: Frame[] = [];
  const count = 1 + random.below(8);
  let withinMessage: 'text' | 'binary' | undefined;
  while (frames.length < count) {
    if (random.below(40) === 0) {
      frames.push(random.pick(WRONG));
      continue;
    }
    const kind = random.below(10);
    if (kind < 2) {
      frames.push(frame(9 + random.below(2), randomBytes(random, random.below(126))));
    } else if (kind === 2 && random.below(4) === 0) {
      frames.push(frame(8, random.below(3) === 0 ? '' : closeBody(random.pick([1000, 1001, 1011, 3000, 4999]), 'bye')));
    } else {
      const fin = random.below(3) !== 0;
      const isText: boolean = withinMessage === undefined ? random.below(2) === 0 : withinMessage === 'text';
      const rsv = withinMessage === undefined && compression && random.below(2) === 0 ? 4 : 0;
      const opcode = withinMessage === undefined ? (isText ? 1 : 2) : 0;
      frames.push(frame(opcode, payload(random, isText, rsv !== 0), { fin, rsv }));
      withinMessage = fin ? undefined : isText ? 'text' : 'binary';
    }
  }
  return frames;
}

function payload(random: Random, isText: boolean, compressed: boolean): Uint8Array {
  if (compressed && random.below(4) !== 0) return deflated(random);
  if (isText) return Buffer.from(random.pick(TEXTS));
  return randomBytes(random, random.below(500) === 0 ? random.pick(LARGE_SIZES) : random.pick(SIZES));
}

const DEFLATED = [...TEXTS, 'again and again '.repeat(100), '\0'.repeat(100_000)].map((each) =>
  deflateRawSync(each, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
);

/** What inflates, and what does not. */
function deflated(random: Random): Buffer {
  return random.below(4) === 0 ? mutated(random, random.pick(DEFLATED)) : random.pick(DEFLATED);
}

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = random.next() >>> 7;
  return bytes;
}

/** One to three changes: a bit, a byte, a piece lost, doubled, put in, or the end cut off. */
function mutated(random: Random, stream: Buffer): Buffer {
  let bytes = Buffer.from(stream);
  for (let changes = 1 + random.below(3); changes > 0 && bytes.length > 0; changes--) {
    // Headers are where the rules are; most changes go to the front.
    const at = random.below(2) === 0 ? random.below(Math.min(bytes.length, 16)) : random.below(bytes.length);
    const length = 1 + random.below(8);
    switch (random.below(6)) {
      case 0:
        bytes[at] = bytes.readUInt8(at) ^ (1 << random.below(8));
        break;
      case 1:
        bytes[at] = random.pick([0x00, 0x7e, 0x7f, 0x80, 0xfe, 0xff, 0x88, 0x89]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(random, length), bytes.subarray(at)]);
        break;
      default:
        bytes = bytes.subarray(0, at);
    }
  }
  return bytes;
}
