import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  buildFrame,
  bytes,
  concat,
  EngineBench,
  hex,
  MASKING_KEY,
  type RawClient,
  upgradeRequest,
  utf8,
} from '@nestwire/test-support';
import { SendResult, type WsConnection } from './ws-connection.js';

const MIB = 1024 * 1024;

const frame = (opcode: number, payload: string | Uint8Array = '', fin = true) =>
  buildFrame({ opcode, payload, fin, maskingKey: MASKING_KEY });

/** Answers each message with itself. */
const echo = {
  onMessage: (connection: WsConnection, message: string | Uint8Array) => void connection.send(message),
};

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

describe('Messages (RFC 6455 §5.6)', () => {
  it.each([
    ['text', 1, utf8('Hello')],
    ['text that is not ASCII', 1, utf8('grüße, κόσμε, 😀')],
    ['an empty text', 1, bytes('')],
    ['binary', 2, bytes('00 01 fe ff')],
    ['an empty binary', 2, bytes('')],
    ['a text of 125 bytes', 1, utf8('a'.repeat(125))],
    ['a text of 126 bytes', 1, utf8('a'.repeat(126))],
    ['a binary of 65,535 bytes', 2, new Uint8Array(65_535).fill(0xfe)],
    ['a binary of 65,536 bytes', 2, new Uint8Array(65_536).fill(0xfe)],
    ['a text of 1 MiB', 1, utf8('é'.repeat(MIB / 2))],
  ])('echoes %s', async (_what, opcode, payload) => {
    const { port } = await bench.serve({}, echo);
    const client = await bench.open(port);
    client.write(frame(opcode, payload));
    const answer = await client.frame();
    expect(answer.fin).toBe(true);
    expect(answer.opcode).toBe(opcode);
    expect(Buffer.compare(answer.payload, payload)).toBe(0);
  });

  it.each([
    ['in one segment', (frames: Uint8Array[]) => [concat(...frames)]],
    ['a segment each', (frames: Uint8Array[]) => frames],
  ])('echoes a fragmented message, its fragments %s (§5.4)', async (_what, segment) => {
    const { port, log } = await bench.serve({}, echo);
    const client = await bench.open(port);
    const frames = [frame(1, 'Hel', false), frame(9, 'ping'), frame(0, '', false), frame(0, 'lo')];
    for (const piece of segment(frames)) await client.writeOut(piece);
    expect(await client.frame()).toEqual({ fin: true, opcode: 10, payload: Buffer.from('ping') });
    expect(await client.frame()).toEqual({ fin: true, opcode: 1, payload: Buffer.from('Hello') });
    expect(log.entries).toEqual([
      ['ping', hex(utf8('ping'))],
      ['text', 'Hello'],
    ]);
  });

  it('handles frames that come in the segment of the handshake', async () => {
    const { port, log } = await bench.serve({}, echo);
    const client = await bench.connect(port);
    const [first, second] = [frame(1, 'first'), frame(1, 'second')];
    client.write(concat(utf8(upgradeRequest()), first, second.subarray(0, 5)));
    expect((await client.response()).status).toBe(101);
    expect((await client.frame()).payload.toString()).toBe('first');
    client.write(second.subarray(5));
    expect((await client.frame()).payload.toString()).toBe('second');
    expect(log.entries).toHaveLength(2);
  });

  it('tells nothing before onConnection has returned', async () => {
    const order: string[] = [];
    const { port } = await bench.serve({
      onConnection: () => {
        order.push('connection');
        return { onMessage: (_connection, message) => void order.push(String(message)) };
      },
    });
    const client = await bench.connect(port);
    client.write(concat(utf8(upgradeRequest()), frame(1, 'message'), frame(9)));
    await client.response();
    await client.frame();
    expect(order).toEqual(['connection', 'message']);
  });

  it('lets onConnection send at once, behind the 101', async () => {
    const { port } = await bench.serve({
      onConnection: (connection) => {
        connection.send('welcome');
        return { onMessage: () => {} };
      },
    });
    const client = await bench.connect(port);
    client.write(upgradeRequest());
    expect((await client.response()).status).toBe(101);
    expect((await client.frame()).payload.toString()).toBe('welcome');
  });
});

describe('send()', () => {
  it.each([[undefined], [null], [42], [{}], [['a']], [new ArrayBuffer(4)], [true]])(
    'throws for %p',
    async (message) => {
      const served = await bench.serve();
      await bench.open(served.port);
      const connection = await served.opened;
      expect(() => connection.send(message as never)).toThrow(TypeError);
      expect(connection.bufferedAmount).toBe(0);
    },
  );

  it('takes the range of a view, and copies it before it returns', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    const storage = bytes('00 01 02 03 04 05');
    expect(connection.send(storage.subarray(2, 4))).toBe(SendResult.Sent);
    expect(connection.send(Buffer.from('abc'))).toBe(SendResult.Sent);
    storage.fill(0xee);
    expect(hex((await client.frame()).payload)).toBe('02 03');
    expect((await client.frame()).payload.toString()).toBe('abc');
  });

  it('says "closed" while closing, and afterwards', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    connection.close();
    expect(connection.send('late')).toBe(SendResult.Closed);
    expect(connection.ping()).toBe(SendResult.Closed);
    expect((await client.frame()).opcode).toBe(8);
    client.write(frame(8, bytes('03 e8')));
    await client.ended();
    expect(connection.send('later')).toBe(SendResult.Closed);
    client.end();
    await served.log.closed();
    expect(connection.send('latest')).toBe(SendResult.Closed);
    expect(connection.bufferedAmount).toBe(0);
    expect(client.rest).toHaveLength(0);
  });
});

describe('Pings and pongs (RFC 6455 §5.5.2, §5.5.3)', () => {
  it.each([0, 1, 125])('answers a ping of %i bytes with its payload', async (length) => {
    const { port, log } = await bench.serve();
    const client = await bench.open(port);
    const payload = new Uint8Array(length).fill(0xfe);
    client.write(frame(9, payload));
    expect(await client.frame()).toEqual({ fin: true, opcode: 10, payload: Buffer.from(payload) });
    expect(log.entries).toEqual([['ping', hex(payload)]]);
  });

  it('sends pings, and tells of the pongs', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    expect(connection.ping()).toBe(SendResult.Sent);
    expect(connection.ping(new Uint8Array(125).fill(7))).toBe(SendResult.Sent);
    expect(await client.frame()).toEqual({ fin: true, opcode: 9, payload: Buffer.alloc(0) });
    const { opcode, payload } = await client.frame();
    expect(opcode).toBe(9);
    client.write(frame(10, payload));
    expect(await served.log.atLeast(1)).toEqual([['pong', hex(new Uint8Array(125).fill(7))]]);
  });

  it('takes a pong that nobody asked for', async () => {
    const { port, log } = await bench.serve();
    const client = await bench.open(port);
    client.write(frame(10, 'alive'));
    expect(await log.atLeast(1)).toEqual([['pong', hex(utf8('alive'))]]);
  });

  it.each([['text'], [42], [null], [[1, 2]]])('throws for the payload %p', async (payload) => {
    const served = await bench.serve();
    await bench.open(served.port);
    const connection = await served.opened;
    expect(() => connection.ping(payload as never)).toThrow(TypeError);
    expect(connection.bufferedAmount).toBe(0);
  });

  it('throws for a payload over 125 bytes, and sends nothing', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    expect(() => connection.ping(new Uint8Array(126))).toThrow(RangeError);
    connection.send('next');
    expect((await client.frame()).opcode).toBe(1);
  });
});

describe('Writes', () => {
  /** A server behind an HTTP server, for its sockets; an open client; and how often the server read and wrote since. */
  async function counted(onMessage: (connection: WsConnection, message: string | Uint8Array) => void) {
    const { server, port, sockets } = await bench.http(() => {});
    const served = bench.create({ server }, { onMessage });
    const client = await bench.open(port);
    const connection = await served.opened;
    const [socket] = sockets;
    if (socket === undefined) throw new Error('No socket');
    const write = jest.spyOn(socket, 'write');
    let chunks = 0;
    socket.on('data', () => chunks++);
    return { client, connection, writes: () => write.mock.calls.length, chunks: () => chunks };
  }

  it('are one for all that a chunk causes', async () => {
    const { client, writes, chunks } = await counted(echo.onMessage);
    const pipelined = Array.from({ length: 50 }, (_, i) => frame(i % 10 === 9 ? 9 : 1, `message ${String(i)}`));
    client.write(concat(...pipelined));
    for (let i = 0; i < 50; i++) expect((await client.frame()).payload.toString()).toBe(`message ${String(i)}`);
    expect(writes()).toBe(chunks());
    expect(chunks()).toBeLessThan(10);
  });

  it('are one for all that is sent in a turn', async () => {
    const { client, connection, writes } = await counted(() => {});
    for (let i = 0; i < 50; i++) connection.send(`message ${String(i)}`);
    connection.ping();
    expect(writes()).toBe(0);
    for (let i = 0; i < 51; i++) await client.frame();
    expect(writes()).toBe(1);
  });

  it('are one a chunk for answers that come by microtasks', async () => {
    const { client, writes, chunks } = await counted((connection, message) => {
      void Promise.resolve().then(() => connection.send(message));
    });
    client.write(concat(...Array.from({ length: 50 }, () => frame(1, 'message'))));
    for (let i = 0; i < 50; i++) await client.frame();
    expect(writes()).toBe(chunks());
  });

  it('keep the order of what is sent in the chunk, and past 64 KiB', async () => {
    const { client, writes } = await counted((connection, message) => {
      connection.send(`${String(message)} ${'x'.repeat(40_000)}`);
      connection.send(`${String(message)} done`);
    });
    client.write(concat(...['a', 'b', 'c', 'd'].map((text) => frame(1, text))));
    const answers: string[] = [];
    for (let i = 0; i < 8; i++) answers.push((await client.frame()).payload.toString().replace(/x+/, 'long'));
    expect(answers).toEqual(['a', 'b', 'c', 'd'].flatMap((text) => [`${text} long`, `${text} done`]));
    expect(writes()).toBeGreaterThan(1);
  });
});

describe('Many clients', () => {
  it('are served side by side', async () => {
    const { port } = await bench.serve({}, echo);
    const clients = await Promise.all(Array.from({ length: 20 }, () => bench.open(port)));
    const echoed = async (client: RawClient, i: number) => {
      for (let round = 0; round < 10; round++) {
        client.write(frame(1, `${String(i)}.${String(round)}`));
        expect((await client.frame()).payload.toString()).toBe(`${String(i)}.${String(round)}`);
      }
    };
    await Promise.all(clients.map(echoed));
  });
});
