/** A group of byte sequences, most of them after Markus Kuhn's "UTF-8 decoder capability and stress test". */
export interface SequenceGroup {
  readonly title: string;
  readonly sequences: readonly Buffer[];
}

const hex = (...sequences: readonly string[]): Buffer[] => sequences.map((each) => Buffer.from(each, 'hex'));

/** The Greek word for the world: letters of two and of three bytes. */
export const KOSME = Buffer.from('cebae1bdb9cf83cebcceb5', 'hex');

const hello = (character: string): Buffer =>
  Buffer.concat([Buffer.from('hello'), Buffer.from(character, 'hex'), Buffer.from('world')]);

/** Every byte of a range, each with a space behind it. */
function lonely(first: number, last: number): Buffer {
  return Buffer.from(Array.from({ length: last - first + 1 }, (_, i) => [first + i, 0x20]).flat());
}

const MISSING_LAST = hex(
  'c0',
  'e080',
  'f08080',
  'f8808080',
  'fc80808080',
  'df',
  'efbf',
  'f7bfbf',
  'fbbfbfbf',
  'fdbfbfbfbf',
);

/** The last two code points of each of the seventeen planes. */
const NON_CHARACTERS = Array.from({ length: 17 }, (_, plane) => [0xfffe, 0xffff].map((last) => plane * 0x10000 + last))
  .flat()
  .map((codePoint) => Buffer.from(String.fromCodePoint(codePoint)));

/** In the order, and so with the numbers, of the public suite: the first is 6.5. */
export const SEQUENCE_GROUPS: readonly SequenceGroup[] = [
  { title: 'correct text', sequences: [hello('24'), hello('c2a2'), hello('e282ac'), hello('f0a4ada2'), KOSME] },
  {
    title: 'a prefix of correct text',
    sequences: Array.from({ length: KOSME.length }, (_, i) => KOSME.subarray(0, i + 1)),
  },
  { title: 'the first sequence of its length', sequences: hex('00', 'c280', 'e0a080', 'f0908080') },
  { title: 'the first sequence of 5 or 6 bytes', sequences: hex('f888808080', 'fc8480808080') },
  { title: 'the last sequence of its length', sequences: hex('7f', 'dfbf', 'efbfbf', 'f48fbfbf') },
  { title: 'the last sequence of 4, 5 or 6 bytes', sequences: hex('f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf') },
  { title: 'another boundary', sequences: hex('ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf', 'f4908080') },
  {
    title: 'an unexpected continuation byte',
    sequences: [
      ...hex('80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf'),
      Buffer.from(Array.from({ length: 64 }, (_, i) => 0x80 + i)),
    ],
  },
  {
    title: 'lonely start bytes',
    sequences: [lonely(0xc0, 0xdf), lonely(0xe0, 0xef), lonely(0xf0, 0xf7), lonely(0xf8, 0xfb), lonely(0xfc, 0xfd)],
  },
  { title: 'the last continuation byte missing', sequences: MISSING_LAST },
  { title: 'incomplete sequences side by side', sequences: [Buffer.concat(MISSING_LAST)] },
  { title: 'impossible bytes', sequences: hex('fe', 'ff', 'fefeffff') },
  { title: 'an overlong slash', sequences: hex('c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af') },
  { title: 'the longest overlong form', sequences: hex('c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf') },
  { title: 'an overlong NUL', sequences: hex('c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080') },
  {
    title: 'a single surrogate',
    sequences: hex('eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'),
  },
  {
    title: 'a pair of surrogates',
    sequences: hex(
      'eda080edb080',
      'eda080edbfbf',
      'edadbfedb080',
      'edadbfedbfbf',
      'edae80edb080',
      'edae80edbfbf',
      'edafbfedb080',
      'edafbfedbfbf',
    ),
  },
  { title: 'a non-character, which is valid', sequences: NON_CHARACTERS },
  {
    title: 'a special, which is valid',
    sequences: hex('efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'),
  },
];
