import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CloseCause } from '@nestwire/engine';
import type { NginxEdits } from '@nestwire/test-support';
import { closeOf, describeBehindNginx, echo, messageOf, NginxBench } from './nginx-bench.js';

/** nginx counts in seconds here; it has no clock that could be moved by hand. */
const TIMEOUT_MS = 1000;
const OFTEN_MS = 300;
const LONG_MS = 3 * TIMEOUT_MS;

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

async function withTimeout(edits: NginxEdits) {
  const served = await bench.node({}, echo);
  const ours = { '127.0.0.1:9002': `127.0.0.1:${String(served.port)}`, ...edits };
  return { ...served, nginx: await bench.nginx('tls-termination', ours) };
}

const readTimeout = { 'proxy_read_timeout 60s': 'proxy_read_timeout 1s' };

describeBehindNginx('proxy_read_timeout', () => {
  it('cuts off a connection on which nothing moves: 1006 on both sides, and the server keeps nothing of it', async () => {
    const { nginx, log, server } = await withTimeout(readTimeout);
    const started = performance.now();
    const [code] = await closeOf(await bench.ws(nginx));
    expect(code).toBe(1006);
    expect(performance.now() - started).toBeGreaterThan(TIMEOUT_MS - 50);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.TransportEnded });
    expect(server.connections.size).toBe(0);
  });

  it('cuts off our own client as well', async () => {
    const { nginx } = await withTimeout(readTimeout);
    const { log } = await bench.own(nginx);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.TransportEnded });
  });

  it("lets live what moves more often: by the client's pings, or by messages of either end", async () => {
    const { nginx, server } = await withTimeout(readTimeout);
    const [silent, pinging, told, telling] = [
      await bench.ws(nginx),
      await bench.ws(nginx),
      await bench.ws(nginx),
      await bench.ws(nginx),
    ];
    const [, , atTold] = [...server.connections];
    const cut = closeOf(silent);
    const timer = setInterval(() => {
      pinging.ping();
      atTold?.send('news');
      // A pong that nobody asked for is not answered (RFC 6455 §5.5.3).
      telling.pong();
    }, OFTEN_MS);
    bench.defer(() => clearInterval(timer));
    await delay(LONG_MS);
    expect((await cut)[0]).toBe(1006);
    expect(server.connections.size).toBe(3);
    for (const socket of [pinging, told, telling]) expect(socket.readyState).toBe(socket.OPEN);
  });

  it("lets live what the server pings (packages/engine/examples/behind-nginx.ts), and tells it the client's address", async () => {
    Object.assign(process.env, { PORT: '0', PING_MS: String(OFTEN_MS) });
    const { server, port } = await import('../../examples/behind-nginx.js');
    bench.defer(() => server.close());
    const node = { '127.0.0.1:9002': `127.0.0.1:${String(port)}` };
    const nginx = await bench.nginx('tls-termination', { ...node, ...readTimeout });
    // The client does nothing of its own: it answers pings.
    const socket = await bench.ws(nginx);
    let pings = 0;
    socket.on('ping', () => pings++);
    await delay(LONG_MS);
    expect(pings).toBeGreaterThan(LONG_MS / OFTEN_MS / 2);
    const answer = messageOf(socket);
    socket.send('who am I?');
    expect((await answer).data.toString()).toBe(`127.0.0.1 asked for localhost:${String(nginx.port)}`);
  });
});

describeBehindNginx('send_timeout', () => {
  it('cuts off a client that takes nothing of what waits for it', async () => {
    const { nginx, opened, log, server } = await withTimeout({ 'send_timeout 60s': 'send_timeout 1s' });
    const socket = await bench.ws(nginx);
    socket.pause();
    const connection = await opened;
    const block = Buffer.alloc(256 * 1024);
    while (connection.bufferedAmount < 4 * block.length) {
      connection.send(block);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false });
    expect(server.connections.size).toBe(0);
    expect(connection.bufferedAmount).toBe(0);
  });
});
