/**
 * Masking in vectors of 16 bytes, which JavaScript has through WebAssembly alone: for long payloads it takes a quarter of the time of a loop
 * over words, the ways into the module's memory and back included.
 */

/** A module takes whole blocks; what is left of a range is for a loop. */
export const BLOCK_BYTES = 64;

/** What goes through the module's memory at once: little enough to stay in the processor's nearest cache both ways. */
const PIECE_BYTES = 16 * 1024;

/** Masks what lies at the beginning of the memory. */
interface BlockMasker {
  readonly memory: Uint8Array;
  /** @returns not 0 where any byte is not ASCII afterwards. */
  readonly mask: (position: number, length: number, key: number) => number;
}

/** Of `globalThis.WebAssembly`, as much as is needed. */
export interface WebAssemblyLike {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** The platform's own; its types are not this package's to choose. */
export const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyLike };

let masker: BlockMasker | undefined;
let loaded = false;

/**
 * Masks `bytes[start, end)`, a multiple of {@link BLOCK_BYTES}; what comes of it goes to `target`, from `at` on.
 *
 * @returns whether all of it is ASCII afterwards; `undefined`, and nothing done, where the platform has no vectors.
 */
export function maskBlocks(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  target: Uint8Array,
  at: number,
): boolean | undefined {
  if (!loaded) {
    loaded = true;
    masker = loadBlockMasker(webAssembly);
  }
  if (masker === undefined) return undefined;
  const { memory, mask } = masker;
  let seen = 0;
  for (let from = start; from < end; from += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, end - from);
    memory.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, length));
    seen |= mask(0, length, key);
    target.set(length === PIECE_BYTES ? memory : memory.subarray(0, length), at + from - start);
  }
  return seen === 0;
}

/** @returns `undefined` where there is no WebAssembly, or none with vectors, or no room for its memory. */
export function loadBlockMasker(platform: WebAssemblyLike | undefined): BlockMasker | undefined {
  if (platform === undefined) return undefined;
  try {
    const { exports } = new platform.Instance(new platform.Module(Uint8Array.from(CODE)));
    const { memory, mask } = exports as { memory: { buffer: ArrayBuffer }; mask: BlockMasker['mask'] };
    return { memory: new Uint8Array(memory.buffer, 0, PIECE_BYTES), mask };
  } catch {
    return undefined;
  }
}

/** Four vectors a turn: `memory[position + at] ^= keys`, and what has been seen. */
const VECTORS = [0, 16, 32, 48].flatMap((at) => [
  ...[0x20, 0], // local.get position
  ...[0x20, 0, 0xfd, 0x00, 4, at], // v128.load offset=at align=16
  ...[0x20, 4, 0xfd, 0x51, 0x22, 6], // v128.xor keys, local.tee vector
  ...[0xfd, 0x0b, 4, at], // v128.store offset=at align=16
  ...[0x20, 6, 0x20, 5, 0xfd, 0x50, 0x21, 5], // seen = v128.or vector seen
]);

const FUNCTION = [
  ...[2, 1, 0x7f, 3, 0x7b], // parameters 0 position, 1 length, 2 key; locals 3 end: i32; 4 keys, 5 seen, 6 vector: v128
  ...[0x20, 0, 0x20, 1, 0x6a, 0x21, 3], // end = position + length
  ...[0x20, 2, 0xfd, 0x11, 0x21, 4], // keys = i32x4.splat key
  ...[0x03, 0x40], // loop
  ...VECTORS,
  ...[0x20, 0, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0], // position += 64
  ...[0x20, 3, 0x49, 0x0d, 0], // br_if position < end
  0x0b, // end loop
  ...[0x20, 5, 0xfd, 0x64], // i8x16.bitmask seen
  0x0b, // end
];

/** A module that imports nothing and exports `memory` and `mask`. WebAssembly Core Specification 2.0, §5. */
const CODE = [
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic, version
  ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f]), // types: (i32, i32, i32) → i32
  ...section(3, [1, 0]), // functions: one of type 0
  ...section(5, [1, 1, 1, 1]), // memories: one of a page, and never more
  ...section(7, [2, ...name('memory'), 2, 0, ...name('mask'), 0, 0]), // exports
  ...section(10, [1, ...unsigned(FUNCTION.length), ...FUNCTION]), // code
];

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Array.from(text, (character) => character.charCodeAt(0))];
}

/** LEB128, up to 14 bits. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >>> 7];
}
