import { once } from 'node:events';
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fork } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, RawClient, upgradeRequest } from '@nestwire/test-support';
import { HttpListener } from './http-listener.js';

const HELLO = Buffer.from('818500000000' + Buffer.from('Hello').toString('hex'), 'hex');

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

describe('Several addresses', () => {
  it('serve the same connections, each with its own facts, and end together', async () => {
    const path = bench.socketPath();
    const { server, log } = bench.create();
    const first = await server.listen(0);
    const second = await server.listen(0, '::1');
    expect(await server.listen({ path })).toBe(path);
    expect(server.addresses).toEqual([first, second, path]);

    const clients = [await bench.open(first.port), await bench.connect(second.port, '::1'), await bench.connect(path)];
    for (const client of clients.slice(1)) {
      client.write(upgradeRequest());
      expect((await client.response()).status).toBe(101);
    }
    expect([...server.connections].map(({ request }) => request.remoteAddress)).toEqual([
      '127.0.0.1',
      '::1',
      undefined,
    ]);
    for (const client of clients) client.write(HELLO);
    expect(await log.atLeast(3)).toEqual([
      ['text', 'Hello'],
      ['text', 'Hello'],
      ['text', 'Hello'],
    ]);

    const closed = server.close();
    for (const client of clients) {
      expect((await client.frame()).payload.readUInt16BE()).toBe(1001);
      client.destroy();
    }
    await closed;
    expect(server.addresses).toEqual([]);
    await expect(RawClient.connect(second.port, '::1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('only the one on loopback minds the Host', async () => {
    const { server } = bench.create();
    const loopback = await server.listen(0);
    const anywhere = await server.listen(0, '0.0.0.0');
    const statuses: number[] = [];
    for (const { port } of [loopback, anywhere]) {
      const client = await bench.connect(port);
      client.write(upgradeRequest().replace('localhost', 'app.example'));
      statuses.push((await client.response()).status);
    }
    expect(statuses).toEqual([403, 101]);
  });

  it('one that is taken changes nothing for the others', async () => {
    const { server, port } = await bench.serve();
    await expect(server.listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(server.addresses).toHaveLength(1);
    await bench.open(port);
  });

  it('handshakes that take too long get 408 on each', async () => {
    const { server } = bench.create({ handshakeTimeoutMs: 200 });
    const { port } = await server.listen(0);
    const further = await server.listen(0);
    for (const at of [port, further.port]) {
      const client = await bench.connect(at);
      client.write('GET / HTTP/1.1\r\n');
      expect((await client.response()).status).toBe(408);
    }
  });
});

describe('A unix socket', () => {
  it('that a killed server left behind is replaced', async () => {
    const path = bench.socketPath();
    const script = `${path}.mjs`;
    await writeFile(
      script,
      `import { createServer } from 'node:net'; createServer().listen(${JSON.stringify(path)}, () => process.send('up'));`,
    );
    const killed = fork(script, { execArgv: [] });
    await once(killed, 'message');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const { server } = bench.create();
    await server.listen({ path });
    const client = await bench.connect(path);
    client.write(upgradeRequest());
    expect((await client.response()).status).toBe(101);
  });

  it('that somebody listens on is taken', async () => {
    const path = bench.socketPath();
    const other = createServer().listen(path);
    await once(other, 'listening');
    bench.defer(() => new Promise((resolve) => other.close(resolve)));
    await expect(bench.create().server.listen({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await bench.connect(path);
  });

  it('is not made in the place of any other file', async () => {
    const path = bench.socketPath();
    await writeFile(path, 'precious');
    await expect(bench.create().server.listen({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('is for its owner, unless for everybody', async () => {
    const umask = process.umask(0o077);
    bench.defer(() => process.umask(umask));
    for (const [everybody, mode] of [
      [false, 0o600],
      [true, 0o666],
    ] as const) {
      const path = bench.socketPath();
      await bench.create().server.listen({ path, everybody });
      // Who may execute a socket means nothing, and differs between Node's majors.
      expect(statSync(path).mode & 0o666).toBe(mode);
    }
  });
});

describe('A listener that several servers share', () => {
  it('is its owner’s: it listens for all, and none of them ends it', async () => {
    const listener = new HttpListener({ handshakeTimeoutMs: 5000 });
    bench.defer(() => listener.close());
    const chat = bench.create({ server: listener, path: '/chat' });
    const trade = bench.create({ server: listener, path: '/trade' });
    const address = await listener.listen();
    const { port } = address as { port: number };
    await bench.open(port, '/chat');
    await bench.open(port, '/trade');
    expect([chat.server.connections.size, trade.server.connections.size]).toEqual([1, 1]);
    expect(chat.server.addresses).toEqual([address]);
    for (const connection of chat.server.connections) connection.terminate();
    await chat.server.close();
    await bench.open(port, '/trade');
    await expect(chat.server.listen(0)).rejects.toThrow(/shared/);
    expect(() => chat.server.setSecureContext({})).toThrow(/shared/);
  });

  it.each(['tls', 'tlsHandshakeTimeoutMs', 'handshakeTimeoutMs', 'proxyProtocol'])('has %s, not they', (name) => {
    const listener = new HttpListener();
    const options = { tls: {}, tlsHandshakeTimeoutMs: 1, handshakeTimeoutMs: 1, proxyProtocol: { from: [] } };
    const given = { [name]: options[name as keyof typeof options] };
    expect(() => bench.create({ server: listener, ...given })).toThrow(TypeError);
    expect(() => bench.create({ server: listener.server, ...given })).toThrow(TypeError);
  });

  it('that has nothing to listen on any longer can be closed again', async () => {
    const listener = new HttpListener();
    await listener.close();
    await listener.listen();
    await listener.close();
    await listener.close();
  });
});

it('A listener without TLS has no certificate to renew', () => {
  expect(() => new HttpListener().setSecureContext({})).toThrow(/tls/);
});
