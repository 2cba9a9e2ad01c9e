import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, hex, utf8 } from '@nestwire/test-support';
import { WebSocket } from 'ws';
import { CloseCause, SendResult, type WsConnection } from '../connection/ws-connection.js';

/** The peer here is `ws`, an implementation that shares nothing with ours. */

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

async function open(port: number, path = '/', subprotocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, subprotocols, { perMessageDeflate: false });
  bench.defer(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function nextMessage(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  return { data, isBinary };
}

async function closeOf(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

const echo = {
  onMessage: (connection: WsConnection, message: string | Uint8Array) => void connection.send(message),
};

describe('With ws as the peer', () => {
  it.each([
    ['an empty text', ''],
    ['text', 'Hello, grüße, κόσμε, 😀'],
    ['a text of 125 bytes', 'a'.repeat(125)],
    ['a text of 126 bytes', 'a'.repeat(126)],
    ['a text of 65,535 bytes', 'a'.repeat(65_535)],
    ['a text of 65,536 bytes', 'a'.repeat(65_536)],
    ['a text of 1 MiB', 'é'.repeat(512 * 1024)],
    ['an empty binary', Buffer.alloc(0)],
    ['binary', Buffer.from([0, 1, 0xfe, 0xff])],
    ['a binary of 1 MiB', Buffer.alloc(1024 * 1024, 0xa5)],
  ])('echoes %s', async (_what, message) => {
    const { port } = await bench.serve({}, echo);
    const socket = await open(port);
    const answer = nextMessage(socket);
    socket.send(message);
    const { data, isBinary } = await answer;
    expect(isBinary).toBe(typeof message !== 'string');
    expect(Buffer.compare(data, Buffer.from(message))).toBe(0);
  });

  it('echoes a fragmented message', async () => {
    const { port } = await bench.serve({}, echo);
    const socket = await open(port);
    const answer = nextMessage(socket);
    socket.send('Hel', { fin: false });
    socket.ping();
    socket.send('', { fin: false });
    socket.send('lo', { fin: true });
    expect((await answer).data.toString()).toBe('Hello');
  });

  it('echoes a thousand messages in their order', async () => {
    const { port } = await bench.serve({}, echo);
    const socket = await open(port);
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (answers.push(data.toString()) === 1000) resolve();
      });
    });
    const sent = Array.from({ length: 1000 }, (_, i) => `${String(i)} ${'x'.repeat((i * 37) % 300)}`);
    for (const message of sent) socket.send(message);
    await all;
    expect(answers).toEqual(sent);
  });

  it('goes with pings and pongs of both', async () => {
    const { port, opened, log } = await bench.serve();
    const socket = await open(port);
    const pong = once(socket, 'pong') as Promise<[Buffer]>;
    socket.ping('from ws');
    expect((await pong)[0].toString()).toBe('from ws');
    expect((await opened).ping(Buffer.from('from us'))).toBe(SendResult.Sent);
    expect(await log.atLeast(2)).toEqual([
      ['ping', hex(utf8('from ws'))],
      ['pong', hex(utf8('from us'))],
    ]);
  });

  it('agrees on a subprotocol', async () => {
    const { port, opened } = await bench.serve({ subprotocols: ['b', 'c'] });
    const socket = await open(port, '/', ['a', 'c', 'b']);
    expect(socket.protocol).toBe('c');
    expect((await opened).subprotocol).toBe('c');
  });

  it.each([
    [1000, 'done'],
    [1001, ''],
    [3000, 'grüße'],
    [4999, 'r'.repeat(123)],
  ])('is closed by it with %i "%s"', async (code, reason) => {
    const { port, log } = await bench.serve();
    const socket = await open(port);
    const closed = closeOf(socket);
    socket.close(code, reason);
    expect((await closed)[0]).toBe(code);
    expect(await log.closed()).toEqual({
      closeCode: code,
      closeReason: reason,
      wasClean: true,
      cause: CloseCause.Peer,
      violation: undefined,
    });
  });

  it('is closed by it without a code', async () => {
    const { port, log } = await bench.serve();
    const socket = await open(port);
    const closed = closeOf(socket);
    socket.close();
    expect(await closed).toEqual([1005, '']);
    expect(await log.closed()).toMatchObject({ closeCode: 1005, wasClean: true, cause: CloseCause.Peer });
  });

  it.each([
    [1000, ''],
    [1011, 'unexpected'],
    [1012, '{"retryAfter":1500}'],
    [4000, 'grüße'],
  ])('is closed by us with %i "%s"', async (code, reason) => {
    const { port, opened, log } = await bench.serve();
    const socket = await open(port);
    const closed = closeOf(socket);
    (await opened).close(code, reason);
    expect(await closed).toEqual([code, reason]);
    expect(await log.closed()).toMatchObject({ closeCode: code, wasClean: true, cause: CloseCause.Local });
  });

  it('sees 1006 when we drop it', async () => {
    const { port, opened } = await bench.serve();
    const socket = await open(port);
    const closed = closeOf(socket);
    (await opened).terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it('sees 1009 for a message that is too big', async () => {
    const { port, log } = await bench.serve({ maxMessageBytes: 1000 });
    const socket = await open(port);
    const closed = closeOf(socket);
    socket.send('x'.repeat(1001));
    expect((await closed)[0]).toBe(1009);
    expect(await log.closed()).toMatchObject({ cause: CloseCause.Violation, violation: 'message-too-big' });
  });

  it('sees 1001 when the server closes', async () => {
    const { server, port } = await bench.serve();
    const sockets = await Promise.all([open(port), open(port), open(port)]);
    const closed = Promise.all(sockets.map(closeOf));
    await server.close();
    expect(await closed).toEqual([
      [1001, ''],
      [1001, ''],
      [1001, ''],
    ]);
  });

  it('reads a refusal as an HTTP response', async () => {
    const { port } = await bench.serve({ path: '/chat' });
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/other`);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
    socket.terminate();
  });
});
