import { constants, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectionLog, EngineBench, type RawClient } from '@nestwire/test-support';
import { connect } from '../client/connect.js';
import { MessageDeflater } from '../deflate/message-deflater.js';
import type { WsServerOptions } from '../server/ws-server-options.js';
import { PreparedMessage } from './prepared-message.js';
import type { WsConnection } from './ws-connection.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.dispose();
});

/** Clients, and the server's ends of their connections. */
async function connected(count: number, options: Partial<WsServerOptions> = {}, ...lines: readonly string[]) {
  const { server, port, log } = await bench.serve(options);
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i++) clients.push(await bench.open(port, '/', ...lines));
  const connections: WsConnection[] = [...server.connections];
  return { clients, connections, log };
}

describe('A prepared message', () => {
  it.each([
    ['text', 'Grüße', 1],
    ['an empty text', '', 1],
    ['binary', new Uint8Array(200).fill(7), 2],
    ['a long one', 'x'.repeat(70_000), 1],
  ])('is the same to every connection: %s', async (_, message, opcode) => {
    const { clients, connections } = await connected(3);
    const prepared = new PreparedMessage(message);
    for (const connection of connections) expect(connection.send(prepared)).toBe('sent');
    for (const client of clients) {
      const { payload, ...header } = await client.frame();
      expect(header).toEqual({ fin: true, opcode });
      expect(payload.equals(Buffer.from(message))).toBe(true);
    }
  });

  it('is copied when it is made', async () => {
    const { clients, connections } = await connected(1);
    const bytes = new Uint8Array([1, 2, 3]);
    const prepared = new PreparedMessage(bytes);
    bytes.fill(9);
    connections[0]?.send(prepared);
    expect((await clients[0]?.frame())?.payload).toEqual(Buffer.from([1, 2, 3]));
  });

  it('keeps its place among others, however many there are in a turn', async () => {
    const { clients, connections } = await connected(1);
    const [client] = clients as [RawClient];
    const [connection] = connections as [WsConnection];
    const prepared = new PreparedMessage('prepared');
    const orders = [
      [prepared],
      [prepared, 'b'],
      ['a', prepared],
      [prepared, prepared, 'c', prepared],
      ['a', 'b', prepared, 'c'],
    ];
    for (const order of orders) {
      for (const message of order) connection.send(message);
      for (const message of order) {
        expect((await client.frame()).payload.toString()).toBe(message === prepared ? 'prepared' : message);
      }
    }
    for (const message of [prepared, new PreparedMessage('y'.repeat(80_000)), 'z']) connection.send(message);
    expect((await client.frame()).payload).toHaveLength(8);
    expect((await client.frame()).payload).toHaveLength(80_000);
    expect((await client.frame()).payload.toString()).toBe('z');
    connection.send(prepared);
    connection.close(1000);
    expect((await client.frame()).payload.toString()).toBe('prepared');
    expect((await client.frame()).opcode).toBe(8);
    expect(connection.send(prepared)).toBe('closed');
  });

  it('waits like any other, and says so', async () => {
    const { connections } = await connected(1, { outboundHighWaterBytes: 1000 });
    const [connection] = connections as [WsConnection];
    expect(connection.send(new PreparedMessage('x'.repeat(900)))).toBe('sent');
    expect(connection.bufferedAmount).toBe(904);
    expect(connection.send(new PreparedMessage('x'.repeat(900)))).toBe('backpressure');
  });

  it('is answered within the chunk that asks for it', async () => {
    const prepared = new PreparedMessage('tick');
    const { port } = await bench.serve({}, { onMessage: (connection) => void connection.send(prepared) });
    const log = new ConnectionLog();
    const connection = await connect(`ws://127.0.0.1:${String(port)}`, { onConnection: () => log, clock: bench.clock });
    connection.send('a');
    connection.send('b');
    expect(await log.atLeast(2)).toEqual([
      ['text', 'tick'],
      ['text', 'tick'],
    ]);
    connection.terminate();
  });

  it('is masked by a client like any other (RFC 6455 §5.1)', async () => {
    const { port, log } = await bench.serve();
    const client = new ConnectionLog();
    const connection = await connect(`ws://127.0.0.1:${String(port)}`, {
      onConnection: () => client,
      clock: bench.clock,
    });
    const bytes = new Uint8Array([1, 2]);
    const prepared = new PreparedMessage(bytes);
    bytes.fill(9);
    connection.send(new PreparedMessage('Hello'));
    connection.send(prepared);
    expect(await log.atLeast(2)).toEqual([
      ['text', 'Hello'],
      ['binary', '01 02'],
    ]);
    connection.terminate();
  });

  it('can be nothing but a string or bytes', () => {
    for (const message of [undefined, null, 7, {}, [1]]) {
      expect(() => new PreparedMessage(message as string)).toThrow(TypeError);
    }
  });
});

describe('A prepared message where permessage-deflate was agreed upon (RFC 7692)', () => {
  const TEXT = 'compressible '.repeat(200);
  const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate';

  function inflated(payload: Buffer): string {
    const tail = Buffer.from('0000ffff', 'hex');
    return inflateRawSync(Buffer.concat([payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  }

  it('is deflated once for all', async () => {
    const deflate = jest.spyOn(MessageDeflater.prototype, 'deflate');
    const { clients, connections } = await connected(3, { perMessageDeflate: true }, OFFER);
    const prepared = new PreparedMessage(TEXT);
    for (const connection of connections) connection.send(prepared);
    for (const client of clients) {
      const [first] = await client.bytes(1);
      expect(first).toBe(0xc1);
      const [length = 0] = await client.bytes(1);
      expect(length).toBeLessThan(126);
      expect(inflated(await client.bytes(length))).toBe(TEXT);
    }
    expect(deflate).toHaveBeenCalledTimes(1);
  });

  it('is not where it is short, and where one did not want it', async () => {
    const { clients, connections } = await connected(1, { perMessageDeflate: true }, OFFER);
    connections[0]?.send(new PreparedMessage('short'));
    expect((await clients[0]?.frame())?.payload.toString()).toBe('short');
  });

  it('looks back to what each connection had before, with context takeover', async () => {
    const options = { perMessageDeflate: { contextTakeover: true, peerContextTakeover: true } };
    const { port } = await bench.serve(options, {
      onMessage: (connection, message) => {
        connection.send(message);
        connection.send(prepared);
      },
    });
    const prepared = new PreparedMessage(TEXT);
    const logs = [new ConnectionLog(), new ConnectionLog()];
    for (const [i, log] of logs.entries()) {
      const connection = await connect(`ws://127.0.0.1:${String(port)}`, {
        onConnection: () => log,
        clock: bench.clock,
        ...options,
      });
      // What one can look back to, the other has never had.
      const own = i === 0 ? `${TEXT}!` : 'something else '.repeat(200);
      connection.send(own);
      await log.atLeast(2);
      expect(log.messages).toEqual([own, TEXT]);
      connection.terminate();
    }
  });

  it('does not overtake one that is deflated in the thread pool', async () => {
    const { port } = await bench.serve(
      { perMessageDeflate: true },
      {
        onMessage: (connection, message) => {
          connection.send(message);
          connection.send(new PreparedMessage(TEXT));
          connection.send(new PreparedMessage('short'));
        },
      },
    );
    const log = new ConnectionLog();
    const options = { onConnection: () => log, clock: bench.clock, perMessageDeflate: true };
    const connection = await connect(`ws://127.0.0.1:${String(port)}`, options);
    const long = 'long '.repeat(50_000);
    connection.send(long);
    await log.atLeast(3);
    expect(log.messages).toEqual([long, TEXT, 'short']);
    connection.terminate();
  });
});
