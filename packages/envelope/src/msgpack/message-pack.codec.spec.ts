import { describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import { bytes, concat } from '@nestwire/test-support';
import { MessagePackCodec } from './message-pack.codec.js';
import { isSoundMessagePack, MAX_DEPTH } from './sound-message-pack.js';

const codec = new MessagePackCodec();

/** {"code":1,"data":…}, with these bytes for the value. */
function withData(value: string): Uint8Array {
  return bytes(`82 a4 636f6465 01 a4 64617461 ${value}`);
}

describe('MessagePackCodec', () => {
  it('writes what any MessagePack library reads', () => {
    expect(decode(codec.encode({ userId: 10001, code: 1001, data: { a: [1, 'x', null] } }))).toEqual({
      userId: 10001,
      code: 1001,
      data: { a: [1, 'x', null] },
    });
  });

  it('carries bytes as bytes, whatever they are a view of', () => {
    const raw = new Uint8Array([1, 2, 250]);
    for (const data of [raw, Buffer.from(raw), raw.buffer, new DataView(raw.buffer)]) {
      const decoded = codec.decode(codec.encode({ userId: 1, code: 1, data: { list: [data] } }));
      expect(decoded).toMatchObject({ ok: true, envelope: { data: { list: [new Uint8Array([1, 2, 250])] } } });
    }
  });

  it("gives no Buffer away, though Node's sockets deliver Buffers", () => {
    const decoded = codec.decode(Buffer.from(codec.encode({ code: 1, data: new Uint8Array(3) })));
    expect(decoded.ok && (decoded.envelope.data as Uint8Array).constructor).toBe(Uint8Array);
  });

  it('takes a userId past 2^53 for none, as JSON does', () => {
    const message = bytes('82 a4 636f6465 01 a6 757365724964 cf ffffffffffffffff');
    expect(codec.decode(message)).toMatchObject({ ok: false, malformed: { code: 1, userId: undefined } });
  });

  it('lets an encoder go that one large message has made grow', () => {
    const large = new MessagePackCodec();
    large.encode({ code: 1, data: 'small' });
    const small: unknown = Reflect.get(large, 'encoder');
    large.encode({ code: 1, data: 'x'.repeat(40_000) });
    expect(Reflect.get(large, 'encoder')).toBe(small);
    large.encode({ code: 1, data: 'x'.repeat(100_000) });
    expect(Reflect.get(large, 'encoder')).not.toBe(small);
  });

  it('throws where data is deeper than the other end would read', () => {
    let data: unknown = [];
    for (let level = 2; level < MAX_DEPTH; level++) data = [data];
    expect(codec.decode(codec.encode({ code: 1, data }))).toMatchObject({ ok: true });
    expect(() => codec.encode({ code: 1, data: [data] })).toThrow(RangeError);
  });
});

describe('A hostile MessagePack message', () => {
  it.each([
    ['a list that declares 2^32-1 items', 'dd ffffffff'],
    ['a list that declares one item too many', '92 01'],
    ['a list whose length is cut off', 'dc ff'],
    ['a map that declares 2^31 fields', 'df 80000000'],
    ['a map without its last value', '81 a1 61'],
    ['a text that is cut off', 'a5 61'],
    ['a text whose length is cut off', 'db 0000'],
    ['bytes that declare 4 GiB', 'c6 ffffffff 00'],
    ['a number that is cut off', 'cb 00'],
    ['a key that is a number', '81 01 01'],
    ['a key that is a list', '81 91 01 01'],
    ['a key that is bytes', '81 c4 01 61 01'],
    ['a key that is nil', '81 c0 01'],
    ['an extension of one byte', 'd4 01 00'],
    ['an extension with a length', 'c7 01 01 00'],
    ['a timestamp', 'd6 ff 00000001'],
    ['the byte that is never used', 'c1'],
    ['the key __proto__', '81 a9 5f5f70726f746f5f5f 81 a1 61 01'],
  ])('with %s is refused', (_, value) => {
    expect(codec.decode(withData(value))).toMatchObject({ ok: false });
  });

  it.each([
    ['lists', 0x91],
    ['maps', 0x81],
  ])('of 64 KiB of nested %s is refused, and does not overflow the stack', (_, head) => {
    expect(isSoundMessagePack(new Uint8Array(65_536).fill(head))).toBe(false);
  });

  it('costs no more memory than it has bytes: lengths add up to what is there, or nothing is made of them', () => {
    // 120 lists in each other, each of which says that it has as many items as there are bytes behind it: 58 MB, if believed.
    const lists = concat(
      ...Array.from({ length: 120 }, (_, depth) => bytes(`dc ${(60_000 - depth * 3).toString(16)}`)),
    );
    const message = concat(withData(''), lists, new Uint8Array(60_000).fill(0xc0));
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(codec.decode(message)).toMatchObject({ ok: false });
    const used = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
    expect(used).toBeLessThan(4 * 1024 * 1024);
  });

  it('is told from what the library itself writes, for every form that it has', () => {
    const every = {
      small: [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER],
      negative: [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, Number.MIN_SAFE_INTEGER],
      floats: [0.5, NaN, Infinity],
      texts: [31, 32, 255, 256, 65_535, 65_536].map((length) => 'x'.repeat(length)),
      binaries: [255, 256, 65_535, 65_536].map((length) => new Uint8Array(length)),
      lists: [15, 16, 65_535, 65_536].map((length) => new Array<number>(length).fill(1)),
      maps: [15, 16, 65_536].map((length) =>
        Object.fromEntries(Array.from({ length }, (_, key) => [`k${String(key)}`, 1])),
      ),
      others: [null, true, false],
    };
    expect(isSoundMessagePack(encode(every))).toBe(true);
    expect(isSoundMessagePack(encode(1.5, { forceFloat32: true }))).toBe(true);
    expect(isSoundMessagePack(encode(new Date(0)))).toBe(false);
  });
});
