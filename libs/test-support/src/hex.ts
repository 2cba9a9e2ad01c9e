/** The bytes that a hex literal spells. White space is for the reader: `bytes('81 05 48656c6c6f')`. */
export function bytes(literal: string): Uint8Array {
  const digits = literal.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new TypeError(`Not bytes in hex: ${literal}`);
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** Bytes as they are best compared: pairs of digits with a space between. */
export function hex(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    .toString('hex')
    .replace(/..(?!$)/g, '$& ');
}

/** Several arrays in one of its own. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A text's UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
