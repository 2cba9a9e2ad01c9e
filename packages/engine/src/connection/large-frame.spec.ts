import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Opcode, readMaskingKey } from '@nestwire/protocol';
import { buildFrame, bytes, concat, MASKING_KEY } from '@nestwire/test-support';
import { SLICED_FROM_BYTES, takesSlices, writeLargeFrame } from './large-frame.js';

const KEY = readMaskingKey(bytes(MASKING_KEY), 0);
const KIB = 1024;
const LENGTHS = [
  SLICED_FROM_BYTES,
  512 * KIB - 1,
  512 * KIB,
  512 * KIB + 1,
  1024 * KIB,
  1024 * KIB + 1,
  2500 * KIB + 3,
];

/** A socket with a kernel that takes the first so many writes at once, and leaves the next ones to it. */
class KernelSocket extends Socket {
  /** What was written, as it is in the storage now. */
  readonly written: Buffer[] = [];
  /** What it was when it was written. */
  readonly seen: Buffer[] = [];

  constructor(private takes: number) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.written.push(chunk);
    this.seen.push(Buffer.from(chunk));
    if (this.takes-- > 0) callback();
    else this.held = callback;
  }

  /** The kernel takes the one that it was given. */
  held: () => void = () => undefined;
}

function patterned(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i * 31 + (i >>> 9));
}

function send(
  socket: Socket,
  payload: Uint8Array,
  key?: number,
  takeWritten: () => (() => void) | undefined = () => undefined,
) {
  writeLargeFrame(socket, Opcode.Binary, payload, key, takeWritten);
}

describe('Large frames (RFC 6455 §5.2)', () => {
  it.each([
    ['plain', undefined],
    ['masked', MASKING_KEY],
  ])('are the frame, in slices: %s', (_what, maskingKey) => {
    for (const length of LENGTHS) {
      const payload = patterned(length);
      const socket = new KernelSocket(Infinity);
      send(socket, payload, maskingKey === undefined ? undefined : KEY);
      const expected = buildFrame({ opcode: 2, payload, ...(maskingKey === undefined ? {} : { maskingKey }) });
      expect(Buffer.compare(concat(...socket.seen), expected)).toBe(0);
      expect(Buffer.compare(payload, patterned(length))).toBe(0);
    }
  });

  it.each([0, 1, 2])('have bytes of their own, where the kernel takes %i slices of them', (takes) => {
    const payload = patterned(2500 * KIB);
    const expected = buildFrame({ opcode: 2, payload, maskingKey: MASKING_KEY });
    const socket = new KernelSocket(takes);
    send(socket, payload, KEY);
    payload.fill(0);
    for (let i = 0; i < 3; i++) send(new KernelSocket(i), payload);
    socket.held();
    expect(socket.written).toHaveLength(takes + 2);
    const sent = [...socket.seen.slice(0, takes), ...socket.written.slice(takes)];
    expect(Buffer.compare(concat(...sent), expected)).toBe(0);
  });

  it('need no storage of their own, where the kernel takes them at once', () => {
    const sockets = [new KernelSocket(Infinity), new KernelSocket(Infinity)];
    for (const socket of sockets) send(socket, patterned(2000 * KIB));
    const storages = new Set(sockets.flatMap(({ written }) => written.map(({ buffer }) => buffer)));
    expect(sockets[0]?.written.length).toBeGreaterThan(1);
    expect(storages.size).toBe(1);
  });

  it.each([0, 1, 2])('hold no more than twice of what a socket keeps of them, after %i slices', (takes) => {
    for (const length of LENGTHS) {
      const socket = new KernelSocket(takes);
      send(socket, patterned(length));
      socket.held();
      for (const { buffer, length: kept } of socket.written.slice(takes)) {
        // A header, and slices of whole words.
        expect(buffer.byteLength).toBeLessThanOrEqual(2 * kept + 32);
      }
    }
  });

  it('say of each write when it is done', async () => {
    const socket = new KernelSocket(Infinity);
    let taken = 0;
    let called = 0;
    send(socket, patterned(1024 * KIB), undefined, () => {
      taken++;
      return () => void called++;
    });
    expect(taken).toBe(socket.written.length);
    expect(taken).toBe(2);
    await new Promise(setImmediate);
    expect(called).toBe(2);
  });

  it('are for sockets that hold nothing and take more, and tell', () => {
    expect(takesSlices(new KernelSocket(0))).toBe(true);
    expect(takesSlices(new Duplex({ write: () => undefined }))).toBe(false);
    const full = new KernelSocket(0);
    full.write('kept');
    expect(takesSlices(full)).toBe(false);
    expect(takesSlices(new KernelSocket(0).destroy())).toBe(false);
  });
});
