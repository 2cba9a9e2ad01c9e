import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { copyMasked, FIN_BIT, MAX_HEADER_BYTES, serializeFrameHeader } from '@nestwire/protocol';

/** Half of what a processor's second cache usually holds: a slice is copied there, and the kernel takes it from there. */
const SLICE_BYTES = 512 * 1024;

/** From here on a frame goes out in slices. Of a shorter one, a socket that keeps it would hold much more storage than it says. */
export const SLICED_FROM_BYTES = SLICE_BYTES / 2;

/** Serves one slice after the other, for as long as the kernel takes them at once. */
let spare: Buffer | undefined;

/** Whether it holds nothing, and says when it has let go of bytes: of other streams than a net.Socket that is not known. */
export function takesSlices(socket: Duplex): boolean {
  return socket instanceof Socket && socket.writableLength === 0 && socket.writable;
}

/**
 * Writes a frame of {@link SLICED_FROM_BYTES} or more; the payload is the caller's again afterwards. What the kernel takes at once
 * costs no memory of its own, and is copied where the cache still has it when the kernel reads it.
 *
 * @param socket - one that {@link takesSlices}.
 * @param takeWritten - what to call when the write that is about to be made is with the operating system.
 */
export function writeLargeFrame(
  socket: Duplex,
  firstBits: number,
  payload: Uint8Array,
  maskingKey: number | undefined,
  takeWritten: () => ((error?: Error | null) => void) | undefined,
): void {
  const { length } = payload;
  // Equal slices: each fills at least half of the storage. Of whole words: the masking key begins anew with each.
  const sliceBytes = Math.ceil(length / Math.ceil(length / SLICE_BYTES) / 4) * 4;

  const storage = spare ?? Buffer.allocUnsafeSlow(MAX_HEADER_BYTES + SLICE_BYTES);
  spare = undefined;
  let at = serializeFrameHeader(storage, 0, FIN_BIT | firstBits, length, maskingKey);
  let start = 0;
  while (start < length && socket.writableLength === 0) {
    const end = Math.min(length, start + sliceBytes);
    copyMasked(payload, start, end, maskingKey ?? 0, storage, at);
    socket.write(storage.subarray(0, at + end - start), takeWritten());
    start = end;
    at = 0;
  }
  if (socket.writableLength === 0) {
    spare = storage;
  } else if (start < length) {
    // It keeps a slice, and will keep what follows.
    const rest = Buffer.allocUnsafeSlow(length - start);
    copyMasked(payload, start, length, maskingKey ?? 0, rest, 0);
    socket.write(rest, takeWritten());
  }
}
