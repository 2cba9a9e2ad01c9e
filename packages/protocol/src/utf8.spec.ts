import { describe, expect, it } from '@jest/globals';
import { bytes, hex, utf8 } from '@nestwire/test-support';
import { advanceUtf8, isUtf8, UTF8_ACCEPT, UTF8_REJECT } from './utf8.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

function platformAccepts(sequence: Uint8Array): boolean {
  try {
    decoder.decode(sequence);
    return true;
  } catch {
    return false;
  }
}

/** The sequences about which we and the platform's decoder disagree; empty is the wish. */
function disagreements(sequences: Iterable<Uint8Array>): string[] {
  const wrong: string[] = [];
  for (const sequence of sequences) {
    if (isUtf8(sequence, 0, sequence.length) !== platformAccepts(sequence)) wrong.push(hex(sequence));
  }
  return wrong;
}

/** All sequences of so many bytes out of these. */
function* sequencesOf(alphabet: readonly number[], length: number): Generator<Uint8Array> {
  const digits = new Array<number>(length).fill(0);
  for (;;) {
    yield Uint8Array.from(digits, (digit) => alphabet[digit] ?? 0);
    let place = length - 1;
    while (place >= 0 && digits[place] === alphabet.length - 1) digits[place--] = 0;
    if (place < 0) return;
    digits[place] = (digits[place] ?? 0) + 1;
  }
}

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte);

/** The first and last byte of each run that RFC 3629's grammar tells apart. */
// prettier-ignore
const EDGES = [
  0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
  0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
];

/** Numbers that are the same in each run. */
function pseudoRandom(seed: number): () => number {
  return () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x8000_0000;
}

/** Texts of one to four bytes a character; half of them with one byte replaced. */
function* mixedTexts(count: number): Generator<Uint8Array> {
  const random = pseudoRandom(6455);
  const alphabet = [
    'a',
    '~',
    '\u00e9',
    '\u07ff',
    '\u0800',
    '\u20ac',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  ];
  for (let i = 0; i < count; i++) {
    const length = 1 + Math.floor(random() * 12);
    const text = utf8(Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)] ?? '').join(''));
    if (i % 2 === 1) text[Math.floor(random() * text.length)] = Math.floor(random() * 256);
    yield text;
  }
}

describe('UTF-8 validation (RFC 6455 §8.1, RFC 3629)', () => {
  it('agrees with TextDecoder on every sequence of one and of two bytes', () => {
    expect(disagreements(sequencesOf(ALL_BYTES, 1))).toEqual([]);
    expect(disagreements(sequencesOf(ALL_BYTES, 2))).toEqual([]);
  });

  it('agrees with TextDecoder on the sequences of three and of four bytes at the edges of the grammar', () => {
    expect(disagreements(sequencesOf(EDGES, 3))).toEqual([]);
    expect(disagreements(sequencesOf(EDGES, 4))).toEqual([]);
  });

  it('accepts every code point but the surrogates', () => {
    const wrong: number[] = [];
    for (let point = 0; point <= 0x10ffff; point += point < 0x1_1000 ? 1 : 251) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const sequence = utf8(String.fromCodePoint(point));
      if (!isUtf8(sequence, 0, sequence.length)) wrong.push(point);
    }
    expect(wrong).toEqual([]);
  });

  it('comes to the same state wherever a text is split', () => {
    for (const text of mixedTexts(500)) {
      const whole = advanceUtf8(UTF8_ACCEPT, text, 0, text.length);
      for (let at = 0; at <= text.length; at++) {
        const half = advanceUtf8(UTF8_ACCEPT, text, 0, at);
        expect(advanceUtf8(half, text, at, text.length)).toBe(whole);
      }
      expect(whole === UTF8_ACCEPT).toBe(platformAccepts(text));
    }
  });

  it.each([
    ['80', 0, 'a continuation byte alone'],
    ['c0 80', 0, 'an overlong NUL'],
    ['c1 bf', 0, 'an overlong DEL'],
    ['e0 9f bf', 1, 'an overlong U+07FF'],
    ['f0 8f bf bf', 1, 'an overlong U+FFFF'],
    ['ed a0 80', 1, 'a surrogate'],
    ['ed bf bf', 1, 'the last surrogate'],
    ['f4 90 80 80', 1, 'U+110000'],
    ['f5 80 80 80', 0, 'U+140000'],
    ['fe', 0, 'no byte of UTF-8'],
    ['c2 41', 1, 'a cut character of two bytes'],
    ['e2 82 41', 2, 'a cut character of three bytes'],
    ['f0 9f 98 41', 3, 'a cut character of four bytes'],
    ['61 62 63 ff 64', 3, 'a wrong byte within ASCII'],
  ])('rejects %s at its byte %i: %s', (literal, wrongAt) => {
    const sequence = bytes(literal);
    expect(advanceUtf8(UTF8_ACCEPT, sequence, 0, wrongAt)).not.toBe(UTF8_REJECT);
    expect(advanceUtf8(UTF8_ACCEPT, sequence, 0, wrongAt + 1)).toBe(UTF8_REJECT);
    expect(advanceUtf8(UTF8_ACCEPT, sequence, 0, sequence.length)).toBe(UTF8_REJECT);
  });

  it('never leaves the rejecting state', () => {
    expect(advanceUtf8(UTF8_REJECT, utf8('abc'), 0, 3)).toBe(UTF8_REJECT);
  });

  it('looks at the range only', () => {
    const around = bytes('ff 61 c3 a9 ff');
    expect(isUtf8(around, 1, 4)).toBe(true);
    expect(isUtf8(around, 1, 3)).toBe(false);
    expect(isUtf8(around, 2, 2)).toBe(true);
  });
});
