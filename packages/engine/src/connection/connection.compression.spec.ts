import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bytes, EngineBench, frameFor, RawClient } from '@nestwire/test-support';
import { WebSocket } from 'ws';

const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits';

function compress(data: Buffer): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** A masked frame with RSV1. */
function compressedFrame(opcode: number, data: Buffer): Uint8Array {
  const frame = frameFor('server', { opcode, payload: compress(data) });
  frame[0] = (frame[0] as number) | 0x40;
  return frame;
}

describe('A connection with permessage-deflate (RFC 7692)', () => {
  let bench: EngineBench;
  beforeEach(() => {
    bench = new EngineBench();
  });
  afterEach(() => bench.dispose());

  const echo = {
    onMessage: (connection: { send(message: string | Uint8Array): unknown }, message: string | Uint8Array) =>
      void connection.send(message),
  };

  it('answers an offer, and nothing where none is made', async () => {
    const { port, opened } = await bench.serve({ perMessageDeflate: true });
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    expect((await opened).extensions).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; ' +
        'server_max_window_bits=12; client_max_window_bits=12',
    );
  });

  it('is off by default', async () => {
    const { port, opened } = await bench.serve();
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    expect((await opened).extensions).toBe('');
    client.write(compressedFrame(1, Buffer.from('Hello')));
    expect((await client.frame()).payload.readUInt16BE(0)).toBe(1002);
  });

  it('sends what is below the threshold as it is', async () => {
    const { port } = await bench.serve({ perMessageDeflate: { thresholdBytes: 10 } }, echo);
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    client.write(compressedFrame(1, Buffer.from('123456789')));
    expect(await client.bytes(11)).toEqual(Buffer.from('\x81\x09123456789', 'latin1'));
    client.write(compressedFrame(1, Buffer.from('1234567890')));
    expect((await client.bytes(1))[0]).toBe(0xc1);
  });

  it.each([
    ['text that is no UTF-8', compressedFrame(1, Buffer.of(0xff)), 1007],
    ['data that does not inflate', bytes('c1 83 00 00 00 00 ff ff ff'), 1007],
    ['a small message past the limit', compressedFrame(2, Buffer.alloc(1001)), 1009],
    ['a large one', compressedFrame(2, Buffer.alloc(10 << 20)), 1009],
  ])('fails on %s', async (_, frame, code) => {
    const { port, log } = await bench.serve({ perMessageDeflate: true, maxMessageBytes: 1000 }, echo);
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    client.write(frame);
    expect((await client.frame()).payload.readUInt16BE(0)).toBe(code);
    expect(await client.ended()).toBe('fin');
    client.end();
    expect((await log.closed()).cause).toBe('violation');
    expect(log.messages).toEqual([]);
  });

  it('lets nothing overtake a message that still inflates: neither messages, nor pings, nor the close', async () => {
    const { port, log } = await bench.serve({ perMessageDeflate: true });
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    const large = Buffer.alloc(900_000, 'x');
    client.write(
      Buffer.concat([
        compressedFrame(1, large),
        compressedFrame(1, Buffer.from('second')),
        frameFor('server', { opcode: 9, payload: Buffer.from('p') }),
        compressedFrame(1, large),
        frameFor('server', { opcode: 8, payload: Buffer.of(0x03, 0xe8) }),
      ]),
    );
    client.end();
    await log.closed();
    expect(log.entries.map(([kind, what]) => [kind, typeof what === 'string' ? what.length : ''])).toEqual([
      ['text', 900_000],
      ['text', 6],
      ['ping', 2],
      ['text', 900_000],
      ['close', ''],
    ]);
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true });
  });

  it('sends in order what is deflated in the thread pool, what is not, and the close', async () => {
    const { port, opened } = await bench.serve({ perMessageDeflate: true });
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    bench.defer(() => socket.terminate());
    const received: string[] = [];
    socket.on('message', (data: Buffer) =>
      received.push(`${String(data.length)}${String.fromCharCode(Number(data[0]))}`),
    );
    socket.on('ping', (data: Buffer) => received.push(`ping ${data.toString()}`));
    const connection = await opened;
    await once(socket, 'open');
    const caller = Buffer.alloc(300_000, 'b');
    connection.send('a'.repeat(200_000));
    connection.send('short');
    connection.send(caller);
    connection.ping(Buffer.from('p'));
    connection.send('e'.repeat(5000));
    expect(connection.bufferedAmount).toBeGreaterThan(500_000);
    caller.fill('z');
    connection.close(4000, 'done');
    expect((await once(socket, 'close'))[0]).toBe(4000);
    expect(received).toEqual(['200000a', '5s', '300000b', 'ping p', '5000e']);
  });

  it('inflates no more in one turn than the others can wait for, and all in order', async () => {
    const perTurn: number[] = [];
    let turn = setImmediate(function next() {
      perTurn.push(0);
      turn = setImmediate(next);
    });
    bench.defer(() => clearImmediate(turn));
    const received: number[] = [];
    const { port } = await bench.serve(
      { perMessageDeflate: true },
      {
        onMessage: (_connection, message: string | Uint8Array) => {
          received.push(Number.parseInt(message as string, 10));
          perTurn[perTurn.length - 1]!++;
        },
      },
    );
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    const frames = Array.from({ length: 3000 }, (_, i) => compressedFrame(1, Buffer.from(String(i).padEnd(1024))));
    client.write(Buffer.concat([...frames, frameFor('server', { opcode: 9, payload: Buffer.from('p') })]));
    expect(await client.bytes(3)).toEqual(Buffer.from('\x8a\x01p', 'latin1'));
    expect(received).toEqual(frames.map((_, i) => i));
    // 1 MiB, in messages that count for one and a half KiB each.
    expect(Math.max(...perTurn)).toBeLessThan(700);
    expect(Math.max(...perTurn)).toBeGreaterThan(100);
  });

  it('takes even messages of nothing for some work', async () => {
    let most = 0;
    let now = 0;
    let turn = setImmediate(function next() {
      most = Math.max(most, now);
      now = 0;
      turn = setImmediate(next);
    });
    bench.defer(() => clearImmediate(turn));
    const { port } = await bench.serve({ perMessageDeflate: true }, { onMessage: () => void now++ });
    const client = await RawClient.open(port, '/', OFFER);
    bench.defer(() => client.destroy());
    const frame = compressedFrame(1, Buffer.from('a'));
    client.write(Buffer.concat([...Array.from({ length: 6000 }, () => frame), bytes('89 80 00 00 00 00')]));
    expect(await client.bytes(2)).toEqual(Buffer.of(0x8a, 0));
    expect(most).toBeLessThan(2100);
  });

  it('deflates no more in one turn than the others can wait for, and all in order', async () => {
    const { port, opened } = await bench.serve({
      perMessageDeflate: true,
      outboundHighWaterBytes: 16 << 20,
      maxOutboundBytes: 32 << 20,
    });
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    bench.defer(() => socket.terminate());
    const received: number[] = [];
    socket.on('message', (data: Buffer) => received.push(Number.parseInt(data.toString(), 10)));
    const connection = await opened;
    await once(socket, 'open');
    const numbers = Array.from({ length: 3000 }, (_, i) => i);
    for (const number of numbers) connection.send(Buffer.from(String(number).padEnd(2000)));
    // A megabyte, and once more as much on credit; the others wait as they are.
    expect(connection.bufferedAmount).toBeGreaterThan(3_000_000);
    expect(connection.bufferedAmount).toBeLessThan(5_000_000);
    connection.close(4000, 'done');
    expect((await once(socket, 'close'))[0]).toBe(4000);
    expect(received).toEqual(numbers);
  });

  it.each([
    ['the defaults', true, {}],
    [
      'context takeover at 15 bits',
      { contextTakeover: true, peerContextTakeover: true, windowBits: 15, peerWindowBits: 15, thresholdBytes: 0 },
      {},
    ],
    [
      'context takeover at 8 bits',
      { contextTakeover: true, peerContextTakeover: true, windowBits: 8, thresholdBytes: 0 },
      { threshold: 0 },
    ],
    [
      'a peer that wants none',
      { contextTakeover: true, peerContextTakeover: true },
      { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
    ],
    [
      'a peer with small windows',
      { contextTakeover: true, peerContextTakeover: true, windowBits: 15 },
      { serverMaxWindowBits: 9, clientMaxWindowBits: 9, threshold: 0 },
    ],
  ])('echoes anything to ws, with %s', async (_, perMessageDeflate, peer) => {
    const { port } = await bench.serve({ perMessageDeflate }, echo);
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`, { perMessageDeflate: peer });
    bench.defer(() => socket.terminate());
    await once(socket, 'open');
    const messages = Array.from({ length: 40 }, (_, i) => [
      Buffer.alloc(0),
      randomBytes(i * 2000),
      Buffer.from('the same words '.repeat(i * 200)),
      Buffer.alloc(i * 33, i),
    ]).flat();
    const received: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received.push(data);
        if (received.length === messages.length) resolve();
      });
    });
    for (const message of messages) socket.send(message);
    await all;
    expect(Buffer.concat(received).equals(Buffer.concat(messages))).toBe(true);
    expect(received.map(({ length }) => length)).toEqual(messages.map(({ length }) => length));
  });
});
