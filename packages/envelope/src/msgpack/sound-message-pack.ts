/** How deep an envelope's values may nest. */
export const MAX_DEPTH = 128;

const UNSOUND = -1;

/**
 * Whether the bytes are one MessagePack value that a decoder can be trusted with: every declared length is there, map keys are
 * strings, nothing nests deeper than {@link MAX_DEPTH}, and there are no extension types. It allocates nothing, and reads each
 * header once. https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function isSoundMessagePack(bytes: Uint8Array): boolean {
  return skipValue(bytes, 0, 0) === bytes.length;
}

/** @returns where the value that begins at `at` ends, or {@link UNSOUND}. */
function skipValue(bytes: Uint8Array, at: number, depth: number): number {
  const head = bytes[at];
  if (head === undefined) return UNSOUND;
  if (head < 0x80 || head >= 0xe0) return at + 1;
  if (head < 0x90) return skipItems(bytes, at + 1, head & 0x0f, true, depth);
  if (head < 0xa0) return skipItems(bytes, at + 1, head & 0x0f, false, depth);
  if (head < 0xc0) return skipBytes(bytes, at + 1 + (head & 0x1f));
  switch (head) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return at + 1;
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return skipBytes(bytes, at + 2 + readLength(bytes, at + 1, 1));
    case 0xc5: // bin 16
    case 0xda: // str 16
      return skipBytes(bytes, at + 3 + readLength(bytes, at + 1, 2));
    case 0xc6: // bin 32
    case 0xdb: // str 32
      return skipBytes(bytes, at + 5 + readLength(bytes, at + 1, 4));
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return skipBytes(bytes, at + 2);
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return skipBytes(bytes, at + 3);
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return skipBytes(bytes, at + 5);
    case 0xcb: // float 64
    case 0xcf: // uint 64
    case 0xd3: // int 64
      return skipBytes(bytes, at + 9);
    case 0xdc: // array 16
      return skipItems(bytes, at + 3, readLength(bytes, at + 1, 2), false, depth);
    case 0xdd: // array 32
      return skipItems(bytes, at + 5, readLength(bytes, at + 1, 4), false, depth);
    case 0xde: // map 16
      return skipItems(bytes, at + 3, readLength(bytes, at + 1, 2), true, depth);
    case 0xdf: // map 32
      return skipItems(bytes, at + 5, readLength(bytes, at + 1, 4), true, depth);
    default: // 0xc1 is "never used"; the rest are extension types
      return UNSOUND;
  }
}

/** A length that lies costs no more than one that does not: the bytes end before the items do. */
function skipItems(bytes: Uint8Array, at: number, count: number, keyed: boolean, depth: number): number {
  if (depth === MAX_DEPTH) return UNSOUND;
  let end = at;
  for (let item = 0; item < count; item++) {
    if (keyed) {
      if (!isString(bytes[end])) return UNSOUND;
      end = skipValue(bytes, end, depth + 1);
      if (end === UNSOUND) return UNSOUND;
    }
    end = skipValue(bytes, end, depth + 1);
    if (end === UNSOUND) return UNSOUND;
  }
  return end;
}

function skipBytes(bytes: Uint8Array, end: number): number {
  return end <= bytes.length ? end : UNSOUND;
}

function isString(head: number | undefined): boolean {
  return head !== undefined && ((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb));
}

/** Big-endian; NaN where the bytes end before it does. */
function readLength(bytes: Uint8Array, at: number, size: 1 | 2 | 4): number {
  let length = 0;
  for (let index = at; index < at + size; index++) length = length * 0x100 + (bytes[index] ?? NaN);
  return length;
}
