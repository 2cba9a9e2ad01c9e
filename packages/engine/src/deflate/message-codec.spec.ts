import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Violation } from '@nestwire/protocol';
import { bytes, hex } from '@nestwire/test-support';
import { MessageDeflater } from './message-deflater.js';
import { MessageInflater } from './message-inflater.js';
import { SlidingWindow } from './window.js';

const HELLO = Buffer.from('Hello');

function inflater(
  options: { contextTakeover?: boolean; windowBits?: number; maxMessageBytes?: number } = {},
): MessageInflater {
  return new MessageInflater({ windowBits: 15, contextTakeover: false, maxMessageBytes: 1 << 20, ...options });
}

function deflater(options: { contextTakeover?: boolean; windowBits?: number } = {}): MessageDeflater {
  return new MessageDeflater({ windowBits: 15, contextTakeover: false, level: 6, memLevel: 8, ...options });
}

describe('Inflating a message (RFC 7692 §7.2.2)', () => {
  it.each([
    ['one block (§7.2.3.1)', 'f2 48 cd c9 c9 07 00'],
    ['a stored block (§7.2.3.3)', '00 05 00 fa ff 48 65 6c 6c 6f 00'],
    ['a block with BFINAL (§7.2.3.4)', 'f3 48 cd c9 c9 07 00 00'],
    ['two blocks (§7.2.3.5)', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00'],
  ])('reads %s', async (_, payload) => {
    const expected = { ok: true, bytes: HELLO };
    expect(inflater().inflate(bytes(payload))).toEqual(expected);
    expect(await inflater().inflateLater(bytes(payload))).toEqual(expected);
  });

  it('reads what refers to the message before (§7.2.3.2)', () => {
    const shared = inflater({ contextTakeover: true });
    expect(shared.inflate(bytes('f2 48 cd c9 c9 07 00'))).toEqual({ ok: true, bytes: HELLO });
    expect(shared.inflate(bytes('f2 00 11 00 00'))).toEqual({ ok: true, bytes: HELLO });
  });

  it('refuses a reference to the message before where none was agreed upon', () => {
    const fresh = inflater();
    fresh.inflate(bytes('f2 48 cd c9 c9 07 00'));
    expect(fresh.inflate(bytes('f2 00 11 00 00'))).toEqual({ ok: false, violation: Violation.InvalidCompressedData });
  });

  it('refers behind a block with BFINAL to what was before it', () => {
    const text = Buffer.from('abcdefgh'.repeat(20));
    const first = deflateRawSync(text, { finishFlush: constants.Z_FINISH });
    const second = deflateRawSync(text, { dictionary: text, finishFlush: constants.Z_SYNC_FLUSH });
    const result = inflater().inflate(Buffer.concat([first, second.subarray(0, -4)]));
    expect(result).toEqual({ ok: true, bytes: Buffer.concat([text, text]) });
  });

  it.each([
    ['an empty message (§7.2.3.6)', '00'],
    ['nothing at all', ''],
  ])('reads %s', (_, payload) => {
    expect(inflater().inflate(bytes(payload))).toEqual({ ok: true, bytes: Buffer.alloc(0) });
  });

  it.each([['ff ff ff'], ['07'], ['04 00'], ['f2 48 cd c9'], ['00 05 00 fa ff 48 65']])(
    'refuses %s',
    async (payload) => {
      const refused = { ok: false, violation: Violation.InvalidCompressedData };
      expect(inflater().inflate(bytes(payload))).toEqual(refused);
      expect(await inflater().inflateLater(bytes(payload))).toEqual(refused);
    },
  );

  it('reads a message that ends and goes on up to 64 times, and no more: each time costs zlib a new state', async () => {
    // An empty block with BFINAL (§7.2.3.4), as often as that.
    const ending = (times: number): Buffer => Buffer.concat([Buffer.from('0300'.repeat(times), 'hex'), Buffer.of(0)]);
    const refused = { ok: false, violation: Violation.InvalidCompressedData };
    expect(inflater().inflate(ending(60))).toMatchObject({ ok: true });
    expect(await inflater().inflateLater(ending(60))).toMatchObject({ ok: true });
    expect(inflater().inflate(ending(100))).toEqual(refused);
    expect(await inflater().inflateLater(ending(100))).toEqual(refused);
  });

  it('stops at the limit, to the byte, at once and later', async () => {
    const payload = deflateRawSync(Buffer.alloc(1000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    for (const [maxMessageBytes, ok] of [
      [1000, true],
      [999, false],
      [1, false],
      [0, false],
    ] as const) {
      const limited = inflater({ maxMessageBytes });
      expect(limited.inflate(payload)).toMatchObject({ ok });
      expect(await limited.inflateLater(payload)).toMatchObject({ ok });
      if (!ok) expect(limited.inflate(payload)).toEqual({ ok, violation: Violation.MessageTooBig });
    }
  });

  it.each([0, 600])(
    'refuses a single byte more than %d, where zlib takes no limit below 1',
    async (maxMessageBytes) => {
      const full = deflateRawSync(Buffer.alloc(maxMessageBytes), { finishFlush: constants.Z_FINISH });
      const byte = deflateRawSync(Buffer.alloc(1), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
      const refused = { ok: false, violation: Violation.MessageTooBig };
      const limited = inflater({ maxMessageBytes });
      expect(limited.inflate(Buffer.concat([full, byte]))).toEqual(refused);
      expect(await limited.inflateLater(Buffer.concat([full, byte]))).toEqual(refused);
    },
  );

  it('counts all blocks of a message towards the limit', () => {
    const block = deflateRawSync(Buffer.alloc(600), { finishFlush: constants.Z_FINISH });
    const payload = Buffer.concat([block, block, Buffer.of(0)]);
    expect(inflater({ maxMessageBytes: 1200 }).inflate(payload)).toMatchObject({ ok: true });
    expect(inflater({ maxMessageBytes: 1199 }).inflate(payload)).toEqual({
      ok: false,
      violation: Violation.MessageTooBig,
    });
  });

  it('leaves to the thread pool what becomes long, and a bomb is one of these', async () => {
    const bomb = deflateRawSync(Buffer.alloc(64 << 20), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const limited = inflater({ maxMessageBytes: 1 << 20 });
    expect(limited.inflate(bomb.subarray(0, 60_000))).toBeUndefined();
    const before = process.memoryUsage().rss;
    expect(await limited.inflateLater(bomb)).toEqual({ ok: false, violation: Violation.MessageTooBig });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 << 20);
  });
});

describe('Deflating a message (RFC 7692 §7.2.1)', () => {
  it('takes the tail off', () => {
    expect(hex(deflater().deflate(HELLO) ?? HELLO)).toBe('f2 48 cd c9 c9 07 00');
  });

  it('leaves one byte of an empty message', () => {
    expect(hex(deflater().deflate(Buffer.alloc(0)) ?? HELLO)).toBe('00');
  });

  it('leaves long messages to the thread pool', async () => {
    const message = randomBytes(100_000);
    expect(deflater().deflate(message)).toBeUndefined();
    expect(await inflater().inflateLater(await deflater().deflateLater(message))).toEqual({ ok: true, bytes: message });
  });

  describe.each([8, 9, 10, 11, 12, 13, 14, 15])('with a window of %d bits', (windowBits) => {
    it.each([true, false])('is undone, message after message; context takeover: %s', async (contextTakeover) => {
      const down = deflater({ contextTakeover, windowBits });
      const up = inflater({ contextTakeover, windowBits });
      const messages = Array.from({ length: 60 }, (_, i) => [
        randomBytes(i * 7),
        Buffer.from(JSON.stringify({ i, text: 'the same words over and over '.repeat(i) })),
        Buffer.alloc(i * 97, 'ab'),
        Buffer.alloc(0),
      ]).flat();
      for (const message of messages) {
        const payload = down.deflate(message) ?? (await down.deflateLater(message));
        const inflated = up.inflate(payload) ?? (await up.inflateLater(payload));
        expect(inflated.ok && inflated.bytes.equals(message)).toBe(true);
      }
    });
  });
});

describe('A sliding window', () => {
  it('keeps the last bytes of all, and of no more than it has room for', () => {
    const window = new SlidingWindow(8);
    expect(window.dictionary).toBeUndefined();
    let all = Buffer.alloc(0);
    for (const length of [1, 0, 200, 60, 255, 256, 257, 3]) {
      const message = randomBytes(length);
      window.slideOver(message);
      all = Buffer.concat([all, message]);
      expect(window.dictionary).toEqual(all.subarray(-256));
    }
  });

  it('does not keep the bytes that it was shown', () => {
    const window = new SlidingWindow(8);
    const message = Buffer.from('mine');
    window.slideOver(message);
    message.fill(0);
    expect(window.dictionary?.toString()).toBe('mine');
  });
});
