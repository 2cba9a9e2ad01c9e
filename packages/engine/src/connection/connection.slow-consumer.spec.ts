import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionLog, EngineBench, frameFor, ManualClock, type RawClient } from '@nestwire/test-support';
import { Limit } from './limit.js';
import { PreparedMessage } from './prepared-message.js';
import { CloseCause, SendResult, type WsConnection } from './ws-connection.js';
import { connect } from '../client/connect.js';
import type { WsServerOptions } from '../server/ws-server-options.js';

const KIB = 1024;
const HIGH = 64 * KIB;

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** A connection whose peer has stopped reading, and for which more than the high water mark waits. */
async function clogged(options: Partial<WsServerOptions> = {}) {
  const served = await bench.serve({ outboundHighWaterBytes: HIGH, ...options });
  const client = await bench.open(served.port);
  const connection = await served.opened;
  client.socket.pause();
  const sent = await clog(connection);
  return { ...served, server: served.server, client, connection, sent };
}

/** @returns how many messages of a KiB were sent until they waited. */
async function clog(connection: WsConnection): Promise<number> {
  for (let count = 1; ; count++) {
    if (connection.send(new Uint8Array(KIB)) === SendResult.Backpressure) return count;
    if (count % 32 === 0) await turn();
  }
}

/** The text messages that come, up to the one that says that it is the last; what is binary is skipped. */
async function textsUntil(client: RawClient, last: string): Promise<string[]> {
  client.socket.resume();
  const texts: string[] = [];
  while (texts.at(-1) !== last) {
    const { opcode, payload } = await client.frame();
    if (opcode === 1) texts.push(payload.toString());
  }
  return texts;
}

describe("A slow consumer: 'close'", () => {
  it('is closed with 4490 once more waits than the maximum, and the reason does not wait behind what waits', async () => {
    const { client, connection, server, log } = await clogged({ maxOutboundBytes: 1024 * KIB });
    let results = '';
    let sends = 0;
    while (connection.cause === undefined) {
      results = connection.send(new Uint8Array(16 * KIB));
      if (++sends % 8 === 0) await turn();
    }
    expect(results).toBe(SendResult.Closed);
    expect(sends).toBeGreaterThan(55);
    expect(sends).toBeLessThan(70);
    expect(connection.cause).toBe(CloseCause.SlowConsumer);
    expect(server.limitsHit).toMatchObject({ [Limit.OutboundQueue]: 1, [Limit.OutboundTotal]: 0 });
    // What was not with the socket is given up.
    expect(connection.bufferedAmount).toBeLessThan(300 * KIB);
    expect(connection.send('more')).toBe(SendResult.Closed);
    client.socket.resume();
    let frame = await client.frame();
    while (frame.opcode === 2) frame = await client.frame();
    expect([frame.opcode, frame.payload.readUInt16BE(0)]).toEqual([8, 4490]);
    client.write(frameFor('server', { opcode: 8, payload: frame.payload.subarray(0, 2) }));
    client.end();
    expect(await log.closed()).toMatchObject({ closeCode: 4490, wasClean: true, cause: CloseCause.SlowConsumer });
  });

  it('is dropped where it does not even read that', async () => {
    const { connection, log } = await clogged({ maxOutboundBytes: HIGH });
    while (connection.cause === undefined) connection.send(new Uint8Array(KIB));
    bench.clock.advance(5100);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.SlowConsumer });
  });

  it('may be sent one message that is longer than the maximum', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    expect(connection.send(new Uint8Array(8 * 1024 * KIB))).toBe(SendResult.Backpressure);
    expect((await client.frame()).payload).toHaveLength(8 * 1024 * KIB);
    await served.log.drained();
    expect(connection.send('again')).toBe(SendResult.Sent);
  });

  it('is whoever sends pings and reads no pongs', async () => {
    const { client, connection } = await clogged({ slowConsumer: 'wait', maxOutboundBytes: 256 * KIB });
    const pings = Buffer.concat(
      Array.from({ length: 500 }, () => frameFor('server', { opcode: 9, payload: new Uint8Array(125) })),
    );
    while (connection.cause === undefined) await client.writeOut(pings);
    expect(connection.cause).toBe(CloseCause.SlowConsumer);
  });

  it('is the one for which most waits, where all together have too much', async () => {
    const connections: WsConnection[] = [];
    const log = new ConnectionLog();
    const { port, server } = await bench.serve({
      maxOutboundBytes: Infinity,
      maxOutboundTotalBytes: 4096 * KIB,
      onConnection: (connection) => {
        connections.push(connection);
        return log;
      },
    });
    const clients = [await bench.open(port), await bench.open(port), await bench.open(port)];
    for (const { socket } of clients) socket.pause();
    const [small, large, other] = connections as [WsConnection, WsConnection, WsConnection];
    const fill = async (connection: WsConnection, bytes: number) => {
      while (connection.bufferedAmount < bytes && connection.readyState === 1) {
        connection.send(new Uint8Array(64 * KIB));
        await turn();
      }
    };
    await fill(small, 600 * KIB);
    await fill(large, 2000 * KIB);
    await fill(other, 1900 * KIB);
    expect(large.cause).toBe(CloseCause.SlowConsumer);
    expect([small.cause, other.cause]).toEqual([undefined, undefined]);
    expect(server.limitsHit).toMatchObject({ [Limit.OutboundTotal]: 1, [Limit.OutboundQueue]: 0 });
    // It is not counted any longer when it has gone, nor are those who have read.
    for (const { socket } of clients) socket.destroy();
    await until(() => server.connections.size === 0);
    const fresh = await bench.open(port);
    fresh.socket.pause();
    const last = connections.at(-1) as WsConnection;
    await fill(last, 3000 * KIB);
    expect(last.cause).toBeUndefined();
  });
});

describe("A slow consumer: 'drop-newest'", () => {
  it('does not get what is sent while it is slow', async () => {
    const { client, connection, server, log } = await clogged({ slowConsumer: 'drop-newest' });
    const before = connection.bufferedAmount;
    for (let i = 0; i < 10; i++) expect(connection.send('lost')).toBe(SendResult.Dropped);
    expect(connection.bufferedAmount).toBe(before);
    expect(server.limitsHit[Limit.DroppedMessages]).toBe(10);
    client.socket.resume();
    await log.drained();
    expect(connection.send('after')).toBe(SendResult.Sent);
    expect(await textsUntil(client, 'after')).toEqual(['after']);
  });

  it('may be the rule for one message alone', async () => {
    const { client, connection } = await clogged();
    expect(connection.send('lost', { slowConsumer: 'drop-newest' })).toBe(SendResult.Dropped);
    expect(connection.send('kept')).toBe(SendResult.Backpressure);
    expect(await textsUntil(client, 'kept')).toEqual(['kept']);
  });
});

describe("A slow consumer: 'keep-newest'", () => {
  it('gets the newest message of each key, in the order of the newest, and nothing overtakes', async () => {
    const { client, connection, server, log } = await clogged({ slowConsumer: 'keep-newest' });
    const bytes = Buffer.from('B1');
    for (const text of ['a1', 'b1', 'a2', 'c1', 'a3']) connection.send(text, { key: text.charAt(0) });
    connection.send('no key');
    connection.send(new PreparedMessage('c2'), { key: 'c' });
    connection.send(bytes, { key: 'B' });
    bytes.fill(0);
    connection.send('last', { key: 'last' });
    expect(server.limitsHit).toMatchObject({ [Limit.ReplacedMessages]: 3, [Limit.DroppedMessages]: 0 });
    const texts = await textsUntil(client, 'last');
    expect(texts).toEqual(['b1', 'a3', 'no key', 'c2', 'last']);
    await log.drained();
    expect(connection.bufferedAmount).toBe(0);
  });

  it('gets bytes as they were when they were sent, whatever has become of them, and of what they replace', async () => {
    const { client, connection } = await clogged({ slowConsumer: 'keep-newest' });
    const bytes = Buffer.alloc(3);
    for (const [content, key] of [
      ['one', 'a'],
      ['six', 'b'],
      ['two', 'a'],
      ['ten', 'a'],
    ] as const) {
      bytes.write(content);
      connection.send(bytes, { key });
    }
    connection.send(Buffer.from('eleven'), { key: 'b' });
    bytes.fill(0);
    connection.send('last', { key: 'last' });
    client.socket.resume();
    const received: string[] = [];
    while (received.at(-1) !== 'last') {
      const { payload } = await client.frame();
      // What came before is long.
      if (payload.length < 10) received.push(Buffer.from(payload).toString());
    }
    expect(received).toEqual(['ten', 'eleven', 'last']);
  });

  it('has bounded memory for them: a key more than that is one too many, another of the same is not', async () => {
    const { connection } = await clogged({ slowConsumer: 'keep-newest', maxOutboundBytes: 512 * KIB });
    let key = 0;
    while (connection.bufferedAmount <= 512 * KIB) connection.send(new Uint8Array(KIB), { key: String(key++) });
    for (let i = 0; i < 1000; i++) connection.send(new Uint8Array(KIB), { key: String(i % key) });
    expect(connection.cause).toBeUndefined();
    expect(connection.send('x', { key: 'another' })).toBe(SendResult.Closed);
    expect(connection.cause).toBe(CloseCause.SlowConsumer);
  });

  it('gets them before the close frame', async () => {
    const { client, connection } = await clogged({ slowConsumer: 'keep-newest' });
    connection.send('old', { key: 'k' });
    connection.send('new', { key: 'k' });
    connection.close(1001);
    expect(await textsUntil(client, 'new')).toEqual(['new']);
    expect((await client.frame()).opcode).toBe(8);
  });

  it('gets all of them where it keeps up', async () => {
    const served = await bench.serve({ slowConsumer: 'keep-newest' });
    const client = await bench.open(served.port);
    const connection = await served.opened;
    for (const text of ['1', '2', '3']) expect(connection.send(text, { key: 'k' })).toBe(SendResult.Sent);
    expect(await textsUntil(client, '3')).toEqual(['1', '2', '3']);
  });
});

describe("A slow consumer: 'wait'", () => {
  it('gets everything, and whenWritable() says when to go on', async () => {
    const { client, connection, sent } = await clogged({ slowConsumer: 'wait', maxOutboundBytes: HIGH });
    for (let i = 0; i < 300; i++) expect(connection.send(new Uint8Array(KIB))).toBe(SendResult.Backpressure);
    let writable: boolean | undefined;
    const waited = connection.whenWritable().then((value) => (writable = value));
    await turn();
    expect(writable).toBeUndefined();
    expect(connection.isWritable).toBe(false);
    client.socket.resume();
    for (let i = 0; i < sent + 300; i++) expect((await client.frame()).payload).toHaveLength(KIB);
    expect(await waited).toBe(true);
    expect(await connection.whenWritable()).toBe(true);
    expect(connection.isWritable).toBe(true);
    connection.close();
    expect(connection.isWritable).toBe(false);
  });

  it('is what a client does with its server, unless it says otherwise', async () => {
    const served = await bench.serve();
    for (const slowConsumer of [undefined, 'close'] as const) {
      const client = await connect(`ws://127.0.0.1:${String(served.port)}/`, {
        clock: new ManualClock(),
        onConnection: () => new ConnectionLog(),
        ...(slowConsumer && { slowConsumer }),
      });
      bench.defer(() => client.terminate());
      for (const each of served.server.connections) each.pause();
      for (let i = 0; i < 200 && client.cause === undefined; i++) {
        client.send(new Uint8Array(128 * KIB));
        await turn();
      }
      expect(client.cause).toBe(slowConsumer && CloseCause.SlowConsumer);
      client.terminate();
    }
  });
});

describe('The water marks', () => {
  it('are told apart: onDrain comes below the low one, while more still waits', async () => {
    const waiting: number[] = [];
    const { client, connection, log } = await clogged({
      outboundHighWaterBytes: 16 * 1024 * KIB,
      outboundLowWaterBytes: 12 * 1024 * KIB,
      slowConsumer: 'wait',
      onConnection: (each) => {
        log0.onDrain = () => void waiting.push(each.bufferedAmount);
        return log0;
      },
    });
    expect(log).toBeDefined();
    client.socket.resume();
    await until(() => waiting.length > 0);
    expect(waiting[0]).toBeLessThanOrEqual(12 * 1024 * KIB);
    expect(waiting[0]).toBeGreaterThan(0);
    expect(connection.send('x')).toBe(SendResult.Sent);
  });

  it('resolve whenWritable() with false where the connection ends', async () => {
    const { connection, log } = await clogged();
    const waited = connection.whenWritable();
    connection.terminate();
    await log.closed();
    expect(await waited).toBe(false);
    expect(await connection.whenWritable()).toBe(false);
  });

  it('resolve whenWritable() with false where it is closed for being slow', async () => {
    const { connection } = await clogged({ maxOutboundBytes: HIGH });
    const waited = connection.whenWritable();
    while (connection.cause === undefined) connection.send(new Uint8Array(KIB));
    expect(await waited).toBe(false);
  });
});

describe('What send() is told', () => {
  it('is checked while it matters', async () => {
    const { connection } = await clogged({ slowConsumer: 'wait' });
    expect(() => connection.send('x', { slowConsumer: 'never' as 'wait' })).toThrow(RangeError);
    expect(() => connection.send('x', { slowConsumer: 'keep-newest', key: 1 as unknown as string })).toThrow(TypeError);
  });

  it('is checked for all when the server is created', () => {
    expect(() => bench.create({ slowConsumer: 'never' as 'wait' })).toThrow(RangeError);
  });
});

const log0 = {
  onMessage: () => undefined,
  onDrain: (): void => undefined,
};
