/** Binary messages up to this size are copied into Node's shared pool, larger ones into memory of their own. */
const POOLED_COPY_BYTES = 4096;

/**
 * Bytes for the listener to keep. Those of the chunk are copied, unless they are most of it: a small message must not hold
 * on to a large chunk.
 */
export function ownBytes(bytes: Uint8Array, start: number, end: number, chunk: Uint8Array | null): Uint8Array {
  const length = end - start;
  if (bytes !== chunk || length > bytes.buffer.byteLength / 2) return bytes.subarray(start, end);
  const copy = length <= POOLED_COPY_BYTES ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length);
  copy.set(bytes.subarray(start, end));
  return copy;
}

/** A text; its bytes come from Node, or from the parser's `allocate`: both are Buffers. */
export function decodeText(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  return (bytes as Buffer).toString(ascii ? 'latin1' : 'utf8', start, end);
}
