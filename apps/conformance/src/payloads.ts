/** Five kinds of payload, made rather than kept: the same in every run, and free of anybody's rights. */
export interface PayloadKind {
  readonly title: string;
  readonly binary: boolean;
  readonly data: () => Buffer;
}

/** As much of each kind as there is; a message is cut from it, going round. */
const KIND_BYTES = 256 * 1024;

/** Marsaglia's xorshift: numbers that look random, and are the same in every run. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }
}

const WORDS = (
  'der die das und nicht schön Welt über Straße Fluß wäre könnte Mädchen Größe Ursprung Gewitter morgen äußerst träumen ' +
  'Himmel müde laufen lesen Brücke ist war wird sein hat Buch Öl fünf zwölf Nacht'
).split(' ');

function filled(piece: (random: Random) => string, seed: number): Buffer {
  const random = new Random(seed);
  const pieces: string[] = [];
  let length = 0;
  while (length < KIND_BYTES) {
    const next = piece(random);
    pieces.push(next);
    length += Buffer.byteLength(next);
  }
  return Buffer.from(pieces.join(''));
}

const sentence = (random: Random): string =>
  `${Array.from({ length: 5 + random.below(12) }, () => random.pick(WORDS)).join(' ')}. `;

function json(): Buffer {
  return filled(
    (random) =>
      `${JSON.stringify({
        id: random.below(1_000_000),
        name: random.pick(WORDS),
        active: random.below(2) === 1,
        score: random.below(10_000) / 100,
        tags: [random.pick(WORDS), random.pick(WORDS)],
        note: sentence(random),
      })},\n`,
    1,
  );
}

/** 512 × 512 grey pixels: soft shapes and a little noise. */
function bitmap(): Buffer {
  const random = new Random(2);
  const pixels = Buffer.allocUnsafe(KIND_BYTES);
  for (let i = 0; i < pixels.length; i++) {
    const x = i & 511;
    const y = i >>> 9;
    pixels[i] = 128 + 60 * Math.sin(x / 40) * Math.cos(y / 55) + random.below(8);
  }
  return pixels;
}

function html(): Buffer {
  return filled(
    (random) =>
      `<tr class="${random.pick(['odd', 'even'])}"><td><a href="/wiki/${random.pick(WORDS)}" title="${random.pick(WORDS)}">` +
      `${random.pick(WORDS)}</a></td><td>${sentence(random)}</td></tr>\n`,
    4,
  );
}

/** Text, and long runs of what is compressed already. */
function document(): Buffer {
  const random = new Random(5);
  const pieces: Buffer[] = [];
  for (let length = 0; length < KIND_BYTES;) {
    const stream = Buffer.from(Array.from({ length: 500 + random.below(8000) }, () => random.below(256)));
    const object = Buffer.from(`${String(random.below(9999))} 0 obj << /Length ${String(stream.length)} >>\nstream\n`);
    pieces.push(object, stream, Buffer.from('\nendstream\nendobj\n'));
    length += object.length + stream.length;
  }
  return Buffer.concat(pieces);
}

const once = (make: () => Buffer): (() => Buffer) => {
  let made: Buffer | undefined;
  return () => (made ??= make());
};

export const JSON_DATA: PayloadKind = { title: 'JSON', binary: false, data: once(json) };

export const PAYLOAD_KINDS: readonly PayloadKind[] = [
  JSON_DATA,
  { title: 'a bitmap', binary: true, data: once(bitmap) },
  { title: 'German prose', binary: true, data: once(() => filled(sentence, 3)) },
  { title: 'HTML', binary: false, data: once(html) },
  { title: 'a document of text and compressed streams', binary: true, data: once(document) },
];

/** Cuts message `index` of `size` bytes; a text's edges are moved inwards to whole characters, and made up for by spaces. */
export function cut({ data, binary }: PayloadKind, size: number, index: number): Buffer {
  const all = data();
  const from = (index * size) % all.length;
  const message = Buffer.concat([all.subarray(from), all], all.length).subarray(0, size);
  const copy = Buffer.from(message);
  if (binary) return copy;
  for (let i = 0; i < copy.length && isContinuation(copy[i]); i++) copy[i] = 0x20;
  const seam = all.length - from;
  for (let i = seam; i < copy.length && isContinuation(copy[i]); i++) copy[i] = 0x20;
  // A character cut off at the end: at most three of its bytes are there.
  for (let end = copy.length, back = 1; back <= 3 && back <= end; back++) {
    const byte = copy[end - back] as number;
    if (isContinuation(byte)) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (needed > back) copy.fill(0x20, end - back);
    break;
  }
  return copy;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
