import { describe, expect, it } from '@jest/globals';
import { Opcode, readMaskingKey } from '@nestwire/protocol';
import { buildFrame, bytes, concat, hex, MASKING_KEY, utf8 } from '@nestwire/test-support';
import { OutgoingBuffer } from './outgoing-buffer.js';

const KEY = readMaskingKey(bytes(MASKING_KEY), 0);

/** Lengths at which the form of the length, or the way of measuring, changes. */
const LENGTHS = [
  0, 1, 41, 42, 62, 63, 124, 125, 126, 127, 4095, 4096, 4097, 21_845, 21_846, 32_767, 32_768, 65_535, 65_536,
];

describe('Outgoing frames (RFC 6455 §5.2)', () => {
  it.each([
    ['one byte', 'a'],
    ['two bytes', 'é'],
    ['three bytes', '€'],
    ['four bytes', '😀'],
  ])('are texts of characters of %s, at every length', (_what, character) => {
    for (const length of LENGTHS) {
      const text = character.repeat(length);
      const outgoing = OutgoingBuffer.take();
      outgoing.appendText('before');
      outgoing.appendText(text);
      outgoing.appendText('behind');
      const frame = (payload: string) => buildFrame({ opcode: 1, payload });
      const expected = concat(frame('before'), frame(text), frame('behind'));
      expect(Buffer.compare(outgoing.view(), expected)).toBe(0);
      expect(outgoing.length).toBe(expected.length);
      outgoing.release();
    }
  });

  it('are texts that grow past the storage when they become bytes', () => {
    const outgoing = OutgoingBuffer.take();
    const payload = '€'.repeat(4000);
    for (let i = 0; i < 5; i++) outgoing.appendText(payload);
    const frame = buildFrame({ opcode: 1, payload });
    expect(Buffer.compare(outgoing.view(), concat(frame, frame, frame, frame, frame))).toBe(0);
  });

  it('are masked texts', () => {
    for (const length of LENGTHS) {
      const payload = '€'.repeat(length);
      const outgoing = OutgoingBuffer.take();
      outgoing.appendText(payload, KEY);
      const expected = buildFrame({ opcode: 1, payload, maskingKey: MASKING_KEY });
      expect(Buffer.compare(outgoing.view(), expected)).toBe(0);
      outgoing.release();
    }
  });

  it('have U+FFFD for half of a surrogate pair: text on the wire is UTF-8 (§8.1)', () => {
    const outgoing = OutgoingBuffer.take();
    outgoing.appendText('a\ud83d');
    expect(hex(outgoing.view())).toBe('81 04 61 ef bf bd');
  });

  it('are bytes, a range of them too', () => {
    const outgoing = OutgoingBuffer.take();
    const payload = bytes('00 01 02 03 04');
    outgoing.append(Opcode.Binary, payload, 0, 5);
    outgoing.append(Opcode.Ping, payload, 1, 3);
    outgoing.append(Opcode.Close, payload, 5, 5);
    expect(hex(outgoing.view())).toBe('82 05 00 01 02 03 04 89 02 01 02 88 00');
  });

  it('are masked bytes; the caller’s stay as they are (§5.3)', () => {
    const outgoing = OutgoingBuffer.take();
    const payload = utf8('Hello');
    outgoing.append(Opcode.Text, payload, 0, 5, KEY);
    outgoing.append(Opcode.Text, payload, 1, 5, KEY);
    expect(hex(outgoing.view())).toBe('81 85 37 fa 21 3d 7f 9f 4d 51 58 81 84 37 fa 21 3d 52 96 4d 52');
    expect(hex(payload)).toBe('48 65 6c 6c 6f');
  });

  it('lie side by side, however many', () => {
    const outgoing = OutgoingBuffer.take();
    const expected: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) {
      const payload = new Uint8Array(i * 7).fill(i);
      outgoing.append(Opcode.Binary, payload, 0, payload.length);
      expected.push(buildFrame({ opcode: 2, payload }));
    }
    expect(Buffer.compare(outgoing.view(), concat(...expected))).toBe(0);
  });
});

describe('Pool of outgoing buffers', () => {
  it('gives back what was released, empty', () => {
    const first = OutgoingBuffer.take();
    first.appendText('left over');
    first.release();
    const second = OutgoingBuffer.take();
    expect(second).toBe(first);
    expect(second.length).toBe(0);
  });

  it('never gives one to two', () => {
    const taken = Array.from({ length: 100 }, () => OutgoingBuffer.take());
    expect(new Set(taken).size).toBe(100);
    for (const buffer of taken) buffer.release();
    const again = Array.from({ length: 100 }, () => OutgoingBuffer.take());
    expect(new Set(again).size).toBe(100);
  });

  it('keeps none that has grown', () => {
    const grown = OutgoingBuffer.take();
    grown.appendText('a'.repeat(100_000));
    grown.release();
    expect(OutgoingBuffer.take()).not.toBe(grown);
  });

  /** More than a pooled one holds, less than what is written before the turn ends. */
  const GATHERED = Buffer.alloc(20_000, 'a');

  function gathering(): OutgoingBuffer {
    const outgoing = OutgoingBuffer.take();
    outgoing.append(Opcode.Binary, GATHERED, 0, GATHERED.length);
    return outgoing;
  }

  it('keeps the storage that a turn of many messages has grown to, and no two of them share one', () => {
    const taken = [gathering(), gathering()];
    const storages = new Set(taken.map((outgoing) => outgoing.view().buffer));
    expect(storages.size).toBe(2);
    for (const outgoing of taken) outgoing.release();

    const again = [gathering(), gathering(), gathering()];
    const reused = again.filter((outgoing) => storages.has(outgoing.view().buffer));
    expect(reused).toHaveLength(2);
    expect(new Set(again.map((outgoing) => outgoing.view().buffer)).size).toBe(3);
    for (const outgoing of again) outgoing.release();
  });

  it('gives a short message small storage, also behind a long one', () => {
    const outgoing = gathering();
    const grown = outgoing.view().buffer;
    outgoing.release();
    const next = OutgoingBuffer.take();
    next.appendText('Hello');
    expect(next.view().buffer).not.toBe(grown);
    expect(next.view().buffer.byteLength).toBeLessThan(GATHERED.length);
    expect(hex(next.view())).toBe('81 05 48 65 6c 6c 6f');
    next.release();
  });

  it('leaves grown storage to the socket that holds it', () => {
    const held = gathering();
    const bytesOnTheirWay = Buffer.from(held.view());
    const others = Array.from({ length: 20 }, gathering);
    for (const other of others) other.release();
    expect(Buffer.compare(held.view(), bytesOnTheirWay)).toBe(0);
    expect(others.some((other) => other.view().buffer === held.view().buffer)).toBe(false);
  });
});
