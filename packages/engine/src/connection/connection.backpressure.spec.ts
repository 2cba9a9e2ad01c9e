import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, EngineBench, MASKING_KEY } from '@nestwire/test-support';
import { SendResult, type WsConnection } from './ws-connection.js';

const KIB = 1024;

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

const drains = (entries: readonly (readonly unknown[])[]) => entries.filter(([kind]) => kind === 'drain').length;

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Sends messages of a kibibyte until the connection holds up; each turn as many as fill a write. */
async function sendUntilBackpressure(connection: WsConnection): Promise<number> {
  for (let count = 1; ; count++) {
    if (connection.send(new Uint8Array(KIB).fill(count)) === SendResult.Backpressure) return count;
    if (count % 32 === 0) await turn();
  }
}

describe('Back-pressure', () => {
  it('is said past the high water mark; onDrain follows once, when all is with the operating system', async () => {
    const outboundHighWaterBytes = 64 * KIB;
    const served = await bench.serve({ outboundHighWaterBytes });
    const client = await bench.open(served.port);
    const connection = await served.opened;
    client.socket.pause();

    let count = await sendUntilBackpressure(connection);
    expect(connection.bufferedAmount).toBeGreaterThan(outboundHighWaterBytes);
    expect(connection.bufferedAmount).toBeLessThanOrEqual(outboundHighWaterBytes + KIB + 4);
    // It is taken nevertheless, and so is more.
    expect(connection.send(new Uint8Array(KIB).fill(++count))).toBe(SendResult.Backpressure);
    expect(drains(served.log.entries)).toBe(0);

    client.socket.resume();
    for (let i = 1; i <= count; i++) {
      const { payload } = await client.frame();
      expect(payload).toHaveLength(KIB);
      expect(payload.every((byte) => byte === (i & 0xff))).toBe(true);
    }
    await served.log.drained();
    expect(connection.bufferedAmount).toBe(0);
    expect(drains(served.log.entries)).toBe(1);
    expect(connection.send('again')).toBe(SendResult.Sent);
    await client.frame();
    expect(drains(served.log.entries)).toBe(1);
  });

  it('is followed by onDrain only when nothing waits, though more was sent meanwhile', async () => {
    const waiting: number[] = [];
    const served = await bench.serve(
      { outboundHighWaterBytes: 0, slowConsumer: 'wait' },
      { onDrain: (connection) => void waiting.push(connection.bufferedAmount) },
    );
    const client = await bench.open(served.port);
    const connection = await served.opened;
    client.socket.pause();
    let count = 0;
    while (connection.bufferedAmount === 0) {
      connection.send(new Uint8Array(32 * KIB));
      count++;
      await turn();
    }
    // More than the operating system takes at once, in writes of their own behind the one that is held up.
    for (let i = 0; i < 3; i++) {
      connection.send(new Uint8Array(4 * 1024 * KIB));
      count++;
      await turn();
    }
    const before = waiting.length;
    client.socket.resume();
    for (let i = 0; i < count; i++) await client.frame();
    while (waiting.length === before) await served.log.atLeast(served.log.entries.length + 1);
    expect(waiting.filter((amount) => amount > 0)).toEqual([]);
  });

  it('is said again after each onDrain', async () => {
    const served = await bench.serve({ outboundHighWaterBytes: 64 * KIB });
    const client = await bench.open(served.port);
    const connection = await served.opened;
    for (let round = 1; round <= 3; round++) {
      client.socket.pause();
      const count = await sendUntilBackpressure(connection);
      client.socket.resume();
      for (let i = 0; i < count; i++) await client.frame();
      while (drains(served.log.entries) < round) await served.log.atLeast(served.log.entries.length + 1);
      expect(drains(served.log.entries)).toBe(round);
    }
  });

  it.each([0, 10, 1000, 15_000])(
    'is followed by onDrain though the socket never was over its own mark: %i bytes',
    async (outboundHighWaterBytes) => {
      const served = await bench.serve({ outboundHighWaterBytes });
      const client = await bench.open(served.port);
      const connection = await served.opened;
      expect(connection.send(new Uint8Array(outboundHighWaterBytes))).toBe(SendResult.Backpressure);
      expect(drains(served.log.entries)).toBe(0);
      await served.log.drained();
      expect(connection.bufferedAmount).toBe(0);
      expect((await client.frame()).payload).toHaveLength(outboundHighWaterBytes);
      expect(drains(served.log.entries)).toBe(1);
    },
  );

  it('is said of answers within a chunk, too', async () => {
    const results: SendResult[] = [];
    const served = await bench.serve(
      { outboundHighWaterBytes: 1000 },
      { onMessage: (connection) => void results.push(connection.send('x'.repeat(600))) },
    );
    const client = await bench.open(served.port);
    const message = buildFrame({ opcode: 1, payload: 'm', maskingKey: MASKING_KEY });
    client.write(Buffer.concat([message, message, message]));
    for (let i = 0; i < 3; i++) await client.frame();
    expect(results).toContain(SendResult.Backpressure);
    await served.log.drained();
  });

  it('is not said, nor onDrain called, where the peer keeps up', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    for (let i = 0; i < 100; i++) {
      expect(connection.send('x'.repeat(1000))).toBe(SendResult.Sent);
      expect((await client.frame()).payload).toHaveLength(1000);
    }
    expect(served.log.entries).toEqual([]);
  });

  it('is not followed by onDrain when the connection is dropped', async () => {
    const served = await bench.serve({ outboundHighWaterBytes: 64 * KIB });
    const client = await bench.open(served.port);
    const connection = await served.opened;
    client.socket.pause();
    await sendUntilBackpressure(connection);
    await turn();
    connection.send(new Uint8Array(KIB));
    await turn();
    expect(connection.bufferedAmount).toBeGreaterThan(0);
    connection.terminate();
    await served.log.closed();
    await turn();
    expect(served.log.entries.map(([kind]) => kind)).toEqual(['close']);
  });

  it('shows in bufferedAmount, from send on', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    expect(connection.bufferedAmount).toBe(0);
    connection.send(new Uint8Array(100));
    connection.send('a'.repeat(200));
    expect(connection.bufferedAmount).toBe(2 + 100 + 4 + 200);
    await client.frame();
    await client.frame();
    expect(connection.bufferedAmount).toBe(0);
  });
});

describe('Bytes of many connections at once', () => {
  it('never mix, however slowly they are read', async () => {
    const CONNECTIONS = 20;
    const ROUNDS = 60;
    const opened: WsConnection[] = [];
    const served = await bench.serve({
      outboundHighWaterBytes: Infinity,
      onConnection: (connection) => {
        opened.push(connection);
        return served.log;
      },
    });
    const clients: Awaited<ReturnType<EngineBench['open']>>[] = [];
    for (let i = 0; i < CONNECTIONS; i++) clients.push(await bench.open(served.port));
    const lengthOf = (connection: number, round: number) => (connection * 977 + round * 3571) % 20_000;

    for (let round = 0; round < ROUNDS; round++) {
      clients.forEach(({ socket }, i) => ((round + i) % 5 === 0 ? socket.resume() : socket.pause()));
      opened.forEach((connection, i) => connection.send(new Uint8Array(lengthOf(i, round)).fill(i)));
      await turn();
    }

    const wrong: string[] = [];
    for (const [i, client] of clients.entries()) {
      client.socket.resume();
      for (let round = 0; round < ROUNDS; round++) {
        const { payload } = await client.frame();
        if (payload.length !== lengthOf(i, round) || payload.some((byte) => byte !== i)) {
          wrong.push(`${String(i)}.${String(round)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
