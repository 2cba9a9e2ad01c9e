import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type ConnectionListener, systemClock, type WsServerOptions } from '@nestwire/engine';
import { describeBehindNginx, echo, from, messageOf, NginxBench, requestOf, tellRequest } from './nginx-bench.js';

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

/** A path that nginx's user, who is not ours, may go along. */
function enterablePath(): string {
  const path = bench.socketPath();
  chmodSync(dirname(path), 0o755);
  return path;
}

async function overUnixSocket(
  options: Partial<WsServerOptions> = {},
  listener: Partial<ConnectionListener> = tellRequest,
) {
  const path = enterablePath();
  const trustedProxies = { addresses: ['unix'] };
  const served = bench.create({ clock: systemClock, trustedProxies, ...options }, listener);
  await served.server.listen({ path, everybody: true });
  const nginx = await bench.nginx('unix-socket', { '/run/nestwire/app.sock': path });
  return { ...served, nginx, authority: `localhost:${String(nginx.port)}` };
}

describeBehindNginx('Over a unix socket (docs/nginx/sites/unix-socket.conf)', () => {
  it('two clients are told apart, though no socket of theirs has an address', async () => {
    const { nginx, authority } = await overUnixSocket();
    const sockets = [await bench.ws(nginx, '/', from('127.0.0.1')), await bench.ws(nginx, '/', from('127.0.0.2'))];
    const [one, other] = [await requestOf(sockets[0]!), await requestOf(sockets[1]!)];
    const told = { host: authority, secure: true };
    expect(one).toMatchObject({ ...told, remoteAddress: '127.0.0.1' });
    expect(other).toMatchObject({ ...told, remoteAddress: '127.0.0.2' });
    // JSON has no undefined.
    expect(one).not.toHaveProperty('peerAddress');
  });

  it('a forged address is overwritten', async () => {
    const { nginx } = await overUnixSocket();
    const headers = { 'X-Forwarded-For': '203.0.113.66', 'X-Forwarded-Proto': 'http' };
    const facts = await requestOf(await bench.ws(nginx, '/', { ...from('127.0.0.2'), headers }));
    expect(facts).toMatchObject({ remoteAddress: '127.0.0.2', secure: true });
  });

  it('nobody has an address unless unix is listed', async () => {
    const { nginx } = await overUnixSocket({ trustedProxies: { addresses: ['loopback'] } });
    const facts = await requestOf(await bench.ws(nginx));
    expect(facts).not.toHaveProperty('remoteAddress');
    expect(facts).not.toHaveProperty('secure');
  });

  it('the Origin is compared with what the client asked for', async () => {
    const { nginx, authority } = await overUnixSocket();
    await bench.ws(nginx, '/', { origin: `https://${authority}` });
    expect(await bench.refused(nginx, '/', { origin: 'https://evil.example' })).toMatchObject({ status: 403 });
  });

  it('messages and close codes pass, of our own client too', async () => {
    const { nginx, opened } = await overUnixSocket({}, echo);
    const { connection, log } = await bench.own(nginx);
    connection.send('x'.repeat(300_000));
    await log.atLeast(1);
    expect(log.messages).toEqual(['x'.repeat(300_000)]);
    (await opened).close(4408, 'silent');
    expect(await log.closed()).toMatchObject({ closeCode: 4408, wasClean: true });
  });

  it('on an HTTP server that is shared', async () => {
    const path = enterablePath();
    const http = createServer();
    bench.defer(() => new Promise((resolve) => http.close(resolve)));
    bench.create({ clock: systemClock, server: http, trustedProxies: { addresses: ['unix'] } }, tellRequest);
    await new Promise<void>((resolve) => http.listen({ path, readableAll: true, writableAll: true }, resolve));
    const nginx = await bench.nginx('unix-socket', { '/run/nestwire/app.sock': path });
    const facts = await requestOf(await bench.ws(nginx, '/', from('127.0.0.2')));
    expect(facts).toMatchObject({ remoteAddress: '127.0.0.2', secure: true });
  });

  it('a server that was killed and started again is found again', async () => {
    const { nginx, server } = await overUnixSocket();
    const [path] = server.addresses as [string];
    await server.close();
    expect((await bench.refused(nginx)).status).toBe(502);
    const again = bench.create({ clock: systemClock, trustedProxies: { addresses: ['unix'] } }, echo);
    await again.server.listen({ path, everybody: true });
    const socket = await bench.ws(nginx);
    const answer = messageOf(socket);
    socket.send('back');
    expect((await answer).data.toString()).toBe('back');
  });
});
