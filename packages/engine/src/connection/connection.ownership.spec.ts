import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, concat, EngineBench, hex, MASKING_KEY } from '@nestwire/test-support';

const frame = (opcode: number, payload: string | Uint8Array, fin = true) =>
  buildFrame({ opcode, payload, fin, maskingKey: MASKING_KEY });

/** Bytes that tell where they came from. */
const patterned = (length: number, seed: number) => new Uint8Array(length).map((_, i) => (i * 31 + seed) & 0xff);

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** What a message of this length may hold on to: twice itself, or what Node shares among small buffers. */
const mostHeld = (length: number) => Math.max(2 * length + 16, Buffer.poolSize);

function binaries(messages: readonly (string | Uint8Array)[]): Uint8Array[] {
  return messages.filter((message) => message instanceof Uint8Array);
}

describe('Bytes that are handed out', () => {
  it('are never written to again', async () => {
    const { port, log } = await bench.serve();
    const client = await bench.open(port);
    const sent = [1, 10, 1000, 4096, 4097, 20_000, 60_000, 200_000].map(patterned);
    for (const payload of sent) client.write(frame(2, payload));
    await log.atLeast(sent.length);
    for (let i = 0; i < 200; i++) client.write(frame(2, new Uint8Array(5000).fill(0xee)));
    await log.atLeast(sent.length + 200);
    expect(binaries(log.messages).slice(0, sent.length).map(hex)).toEqual(sent.map(hex));
  });

  it('are the receiver’s to write to', async () => {
    const { port, log } = await bench.serve(
      {},
      { onMessage: (_connection, message) => void (message instanceof Uint8Array && message.fill(0)) },
    );
    const client = await bench.open(port);
    const sent = Array.from({ length: 40 }, (_, i) => patterned(100 + i * 50, i));
    client.write(concat(...sent.map((payload) => frame(2, payload))));
    expect(await log.atLeast(sent.length)).toEqual(sent.map((payload) => ['binary', hex(payload)]));
  });

  it('are those of pings, too', async () => {
    const pings: Uint8Array[] = [];
    const { port, log } = await bench.serve({}, { onPing: (_connection, payload) => void pings.push(payload) });
    const client = await bench.open(port);
    for (let i = 0; i < 50; i++) client.write(frame(9, patterned(125, i)));
    await log.atLeast(50);
    expect(pings.map(hex)).toEqual(Array.from({ length: 50 }, (_, i) => hex(patterned(125, i))));
  });

  it.each([1, 100, 4096, 4097, 10_000])('do not hold on to a large chunk: %i bytes', async (length) => {
    const { port, log } = await bench.serve();
    const client = await bench.open(port);
    const filler = frame(1, 'f'.repeat(30_000));
    client.write(concat(filler, frame(2, patterned(length, 1)), filler));
    await log.atLeast(3);
    const [message] = binaries(log.messages);
    expect(message?.length).toBe(length);
    expect(message?.buffer.byteLength).toBeLessThanOrEqual(mostHeld(length));
  });

  it.each([100, 4096, 10_000])('nor to one that was read in two turns, around a pause: %i bytes', async (length) => {
    const { port, log } = await bench.serve(
      {},
      {
        onMessage: (connection, message) => {
          if (typeof message !== 'string') return;
          connection.pause();
          setImmediate(() => connection.resume());
        },
      },
    );
    const client = await bench.open(port);
    client.write(concat(frame(1, 'f'.repeat(40_000)), frame(2, patterned(length, 1))));
    await log.atLeast(2);
    const [message] = binaries(log.messages);
    expect(message?.length).toBe(length);
    expect(message?.buffer.byteLength).toBeLessThanOrEqual(mostHeld(length));
  });

  it('nor to more than twice of a message that came in pieces', async () => {
    const { port, log } = await bench.serve();
    const client = await bench.open(port);
    const pieces = Array.from({ length: 100 }, (_, i) => frame(i === 0 ? 2 : 0, patterned(1000, i), i === 99));
    for (const piece of pieces) await client.writeOut(piece);
    await log.atLeast(1);
    const [message] = binaries(log.messages);
    expect(message?.length).toBe(100_000);
    expect(message?.buffer.byteLength).toBeLessThanOrEqual(mostHeld(100_000));
  });
});

describe('Bytes that are sent', () => {
  it('are the caller’s again, however many there are and however slowly the peer reads', async () => {
    const { server, port } = await bench.serve({ slowConsumer: 'wait' });
    const client = await bench.open(port);
    const [connection] = server.connections;
    client.socket.pause();
    const lengths = [300_000, 10, 1_000_000, 70_000, 3_000_000, 2_000_001, 5, 400_000];
    const scratch = new Uint8Array(3_000_000);
    lengths.forEach((length, i) => {
      const payload = scratch.subarray(0, length);
      payload.set(patterned(length, i));
      connection?.send(payload);
      payload.fill(0xee);
    });
    client.socket.resume();
    for (const [i, length] of lengths.entries()) {
      const expected = buildFrame({ opcode: 2, payload: patterned(length, i) });
      expect(Buffer.compare(await client.bytes(expected.length), expected)).toBe(0);
    }
  });
});
