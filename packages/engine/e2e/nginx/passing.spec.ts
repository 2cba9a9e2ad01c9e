import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CloseCause, connect, HandshakeError, type WsServerOptions } from '@nestwire/engine';
import { ConnectionLog, freePort, hex, type Served } from '@nestwire/test-support';
import { closeOf, describeBehindNginx, echo, messageOf, NginxBench } from './nginx-bench.js';

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

async function through(options: Partial<WsServerOptions> = {}) {
  const served = await bench.node(options, echo);
  return { ...served, nginx: await front(served) };
}

function front({ port }: Pick<Served, 'port'>) {
  return bench.nginx('tls-termination', { '127.0.0.1:9002': `127.0.0.1:${String(port)}` });
}

describeBehindNginx('Refusals pass through whole', () => {
  it('403: another Origin', async () => {
    const { nginx } = await through();
    const answer = await bench.refused(nginx, '/', { origin: 'https://evil.example' });
    expect(answer).toMatchObject({ status: 403, body: 'Pages of this Origin may not connect' });
  });

  it('403: a Host by which the server may not be asked for', async () => {
    const { nginx } = await through({ hosts: (hostname) => hostname !== 'localhost' });
    const answer = await bench.refused(nginx);
    expect(answer).toMatchObject({ status: 403, body: 'This server may not be asked for by this Host' });
  });

  it('404: nothing on this path', async () => {
    const { nginx } = await through({ path: '/ws' });
    expect(await bench.refused(nginx, '/elsewhere')).toMatchObject({
      status: 404,
      body: 'Nothing is served on this path',
    });
  });

  it('426: another version, with the one that is spoken (RFC 6455 §4.4)', async () => {
    const { nginx } = await through();
    const answer = await bench.refused(nginx, '/', { protocolVersion: 8 });
    expect(answer).toMatchObject({ status: 426, body: 'Sec-WebSocket-Version must be 13' });
    expect(answer.headers['sec-websocket-version']).toBe('13');
    expect(answer.headers.upgrade).toBe('websocket');
  });

  it('503 with Retry-After: the server is going away', async () => {
    // A shared HTTP server listens on while its WebSocket server closes.
    const port = await freePort();
    const { server } = await bench.nodeOn(createServer(), port);
    const nginx = await front({ port });
    const held = await bench.ws(nginx);
    // It does not answer the close frame as long as it does not read it.
    held.pause();
    const closed = server.close();
    const answer = await bench.refused(nginx);
    expect(answer).toMatchObject({ status: 503, body: 'The server is going away' });
    expect(answer.headers['retry-after']).toBe('1');
    held.resume();
    await closed;
  });

  it('502 is what nginx itself says where there is no server', async () => {
    const nginx = await front({ port: await freePort() });
    expect(await bench.refused(nginx)).toMatchObject({ status: 502 });
  });

  it('as a HandshakeError to our own client', async () => {
    const { nginx } = await through();
    const refusal = await connect(`wss://localhost:${String(nginx.port)}/`, {
      onConnection: () => new ConnectionLog(),
      tls: { ca: bench.ca },
      headers: { Origin: 'https://evil.example' },
    }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HandshakeError);
    expect(refusal).toMatchObject({ status: 403, body: 'Pages of this Origin may not connect' });
  });
});

describeBehindNginx('Close codes pass through unchanged (RFC 6455 §7.1.5)', () => {
  it.each([1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 4400, 4408, 4999])('%i from the server', async (code) => {
    const { nginx, opened, log } = await through();
    const socket = await bench.ws(nginx);
    const closed = closeOf(socket);
    (await opened).close(code, `as of ${String(code)}: Grüße`);
    expect(await closed).toEqual([code, `as of ${String(code)}: Grüße`]);
    expect(await log.closed()).toMatchObject({ closeCode: code, wasClean: true, cause: CloseCause.Local });
  });

  it.each([1000, 1001, 3000, 4000, 4999])('%i from the client', async (code) => {
    const { nginx, log } = await through();
    const socket = await bench.ws(nginx);
    socket.close(code, 'enough');
    expect(await log.closed()).toMatchObject({
      closeCode: code,
      closeReason: 'enough',
      wasClean: true,
      cause: CloseCause.Peer,
    });
  });

  it('to and from our own client', async () => {
    const { nginx, opened, log } = await through();
    const client = await bench.own(nginx);
    (await opened).close(4408, 'silent');
    expect(await client.log.closed()).toMatchObject({ closeCode: 4408, closeReason: 'silent', wasClean: true });
    expect(await log.closed()).toMatchObject({ closeCode: 4408, wasClean: true });
  });

  it('1009 past the limit, which nginx does not know', async () => {
    const { nginx } = await through({ maxMessageBytes: 1000 });
    const socket = await bench.ws(nginx);
    const closed = closeOf(socket);
    socket.send('x'.repeat(100_000));
    expect((await closed)[0]).toBe(1009);
  });

  it('1006 on both sides for a connection that is dropped', async () => {
    const { nginx, opened, log } = await through();
    const socket = await bench.ws(nginx);
    const dropped = closeOf(socket);
    (await opened).terminate();
    expect((await dropped)[0]).toBe(1006);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.Terminated });
  });

  it('1006 with the cause for a client that vanishes, and the server keeps nothing of it', async () => {
    const { nginx, log, server } = await through();
    (await bench.ws(nginx)).terminate();
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.TransportEnded });
    expect(server.connections.size).toBe(0);
  });
});

describeBehindNginx('Messages pass through unchanged', () => {
  it.each([
    ['an empty text', ''],
    ['a text of 65,536 bytes', 'a'.repeat(65_536)],
    ['a text of 1 MiB', 'é'.repeat(512 * 1024)],
    ['a binary of 1 MiB', randomBytes(1024 * 1024)],
  ])('%s, with and without compression', async (_what, message) => {
    const { nginx } = await through({ perMessageDeflate: { thresholdBytes: 0 } });
    for (const perMessageDeflate of [false, true]) {
      const socket = await bench.ws(nginx, '/', { perMessageDeflate });
      const answer = messageOf(socket);
      socket.send(message);
      const { data, isBinary } = await answer;
      expect(isBinary).toBe(typeof message !== 'string');
      expect(data.equals(Buffer.from(message))).toBe(true);
      expect(socket.extensions).toMatch(perMessageDeflate ? /^permessage-deflate/ : /^$/);
    }
  });

  it('one in a thousand fragments, with a ping between them (RFC 6455 §5.4)', async () => {
    const { nginx, log } = await through();
    const socket = await bench.ws(nginx);
    const answer = messageOf(socket);
    const ponged = new Promise((resolve) => socket.once('pong', resolve));
    const parts = Array.from({ length: 1000 }, (_, i) => `${String(i)}-${'x'.repeat(i)} `);
    for (const [i, part] of parts.entries()) {
      if (i === 500) socket.ping('between');
      socket.send(part, { fin: i === parts.length - 1 });
    }
    expect((await answer).data.toString()).toBe(parts.join(''));
    await ponged;
    expect(log.entries[0]).toEqual(['ping', hex(Buffer.from('between'))]);
  });

  it('many at once, in order', async () => {
    const { nginx } = await through();
    const socket = await bench.ws(nginx);
    const received: string[] = [];
    const done = new Promise<void>((resolve) =>
      socket.on('message', (data: Buffer) => {
        if (received.push(data.toString()) === 20_000) resolve();
      }),
    );
    const sent = Array.from({ length: 20_000 }, (_, i) => `message ${String(i)}`);
    for (const message of sent) socket.send(message);
    await done;
    expect(received).toEqual(sent);
  });

  it('to and from our own client, with and without compression', async () => {
    const { nginx } = await through({ perMessageDeflate: { thresholdBytes: 0 } });
    for (const perMessageDeflate of [false, { thresholdBytes: 0 }]) {
      const { connection, log } = await bench.own(nginx, '/', { perMessageDeflate });
      expect(connection.extensions).toMatch(perMessageDeflate === false ? /^$/ : /^permessage-deflate/);
      const [text, binary] = ['κόσμε '.repeat(30_000), randomBytes(300_000)];
      connection.send(text);
      connection.send(binary);
      await log.atLeast(2);
      expect(log.messages[0]).toBe(text);
      expect(binary.equals(log.messages[1] as Uint8Array)).toBe(true);
    }
  });

  it('a slow reader holds up the server through nginx, and is not lost', async () => {
    const { nginx, opened, log } = await through({ outboundHighWaterBytes: 1000, slowConsumer: 'wait' });
    const socket = await bench.ws(nginx);
    socket.pause();
    const connection = await opened;
    const block = randomBytes(256 * 1024);
    let sent = 0;
    // Until nothing on the way takes any more: the buffers of two sockets on each side, and nginx's between them.
    while (sent < 200 && connection.bufferedAmount < 4 * block.length) {
      connection.send(block);
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.bufferedAmount).toBeGreaterThanOrEqual(4 * block.length);
    let received = 0;
    const all = new Promise<void>((resolve) =>
      socket.on('message', (data: Buffer) => {
        expect(data.length).toBe(block.length);
        if (++received === sent) resolve();
      }),
    );
    socket.resume();
    await all;
    await log.drained();
    expect(connection.bufferedAmount).toBe(0);
  });
});
