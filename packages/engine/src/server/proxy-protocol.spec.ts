import { createServer as createNetServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bytes, EngineBench, oneByOne, RawClient, upgradeRequest } from '@nestwire/test-support';
import type { WsServerOptions } from './ws-server-options.js';

const HEADER = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n';
const BY_TLS = bytes('0d0a0d0a 000d0a51 5549540a 21 11 0014 c0000202 c6336401 1f90 01bb 20 0005 01 00000000');
const LOCAL = bytes('0d0a0d0a 000d0a51 5549540a 20 00 0000');
const TEXT_FRAME = bytes('81 85 00000000 48656c6c6f');

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

function serve(options: Partial<WsServerOptions> = {}) {
  return bench.serve({ proxyProtocol: { from: ['loopback'] }, pingIntervalMs: Infinity, ...options });
}

describe('A connection from a listed peer', () => {
  it.each([
    ['version 1', Buffer.from(HEADER), { remoteAddress: '192.0.2.1', secure: undefined }],
    ['version 2, which tells of TLS', BY_TLS, { remoteAddress: '192.0.2.2', secure: true }],
    ['version 2, where the proxy speaks for itself', LOCAL, { remoteAddress: '127.0.0.1', secure: undefined }],
    ['version 1 of an unknown client', Buffer.from('PROXY UNKNOWN\r\n'), { remoteAddress: undefined }],
  ])('has its client by its header: %s', async (_, header, facts) => {
    const { port, opened, log } = await serve();
    const client = await bench.connect(port);
    client.write(Buffer.concat([header, Buffer.from(upgradeRequest()), TEXT_FRAME]));
    expect((await client.response()).status).toBe(101);
    expect((await opened).request).toMatchObject({ ...facts, peerAddress: '127.0.0.1' });
    expect(await log.atLeast(1)).toEqual([['text', 'Hello']]);
    // The header has come: its deadline is none any longer.
    expect(bench.clock.scheduled).toBe(0);
  });

  it('may bring it byte by byte', async () => {
    const { port, opened, log } = await serve();
    const client = await bench.connect(port);
    for (const byte of oneByOne(Buffer.concat([Buffer.from(HEADER + upgradeRequest()), TEXT_FRAME]))) {
      await client.writeOut(byte);
    }
    expect((await client.response()).status).toBe(101);
    expect((await opened).request.remoteAddress).toBe('192.0.2.1');
    expect(await log.atLeast(1)).toEqual([['text', 'Hello']]);
  });

  it('is no browser that was led here: any Host will do, as behind a listed HTTP proxy', async () => {
    const { port } = await serve();
    const client = await bench.connect(port);
    client.write(HEADER + upgradeRequest().replace('localhost', 'app.example'));
    expect((await client.response()).status).toBe(101);
  });

  it.each([
    ['none, but a request', upgradeRequest()],
    ['one that is malformed', HEADER.replace('4711', '99999')],
    ['none, but the end', ''],
  ])('is dropped without a header: %s', async (_, sent) => {
    const { port, server } = await serve();
    const client = await bench.connect(port);
    client.write(sent);
    if (sent === '') client.end();
    expect(await client.ended()).toMatch(/fin|reset/);
    expect(client.rest).toHaveLength(0);
    expect(server.connections.size).toBe(0);
  });

  it('is dropped when its header does not come to its end in time', async () => {
    const { port } = await serve({ handshakeTimeoutMs: 2000 });
    const client = await bench.connect(port);
    await client.writeOut(HEADER.slice(0, 20));
    let ended = false;
    const ending = client.ended().then(() => (ended = true));
    // The server's clock begins when it has seen the connection.
    while (bench.clock.scheduled === 0) await new Promise((resolve) => setImmediate(resolve));
    bench.clock.advance(1900);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    bench.clock.advance(200);
    await ending;
    expect(bench.clock.scheduled).toBe(0);
  });

  it('that has said nothing does not keep the server from closing', async () => {
    const { port, server } = await serve();
    const client = await bench.connect(port);
    await client.writeOut('PROXY ');
    while (bench.clock.scheduled === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    await client.ended();
  });
});

describe('A connection from anybody else', () => {
  it('is dropped, header or not', async () => {
    const { port } = await serve({ proxyProtocol: { from: ['10.0.0.0/8'] } });
    const client = await bench.connect(port);
    client.write(HEADER + upgradeRequest());
    await client.ended();
    expect(client.rest).toHaveLength(0);
  });

  it('by a unix socket is one of unix', async () => {
    const path = bench.socketPath();
    const { server, opened } = bench.create({ proxyProtocol: { from: ['unix'] } });
    await server.listen({ path });
    const client = await bench.connect(path);
    client.write(HEADER + upgradeRequest());
    expect((await client.response()).status).toBe(101);
    expect((await opened).request).toMatchObject({ remoteAddress: '192.0.2.1', peerAddress: undefined });
  });
});

it('without the option, a header is a malformed request', async () => {
  const { port } = await bench.serve();
  const client = await bench.connect(port);
  client.write(HEADER + upgradeRequest());
  expect((await client.response()).status).toBe(400);
});

describe('In front of TLS', () => {
  const PSK = {
    pskCallback: () => Buffer.alloc(32, 7),
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2' as const,
  };

  /** A proxy on the level of TCP: what comes in first goes out with the header in one segment. */
  async function proxyTo(port: number, header: string): Promise<number> {
    const proxy = createNetServer((client: Socket) => {
      client.once('data', (first) => {
        void RawClient.connect(port).then(({ socket }) => {
          socket.write(Buffer.concat([Buffer.from(header), first]));
          client.pipe(socket).pipe(client);
          bench.defer(() => socket.destroy());
        });
      });
      bench.defer(() => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    bench.defer(() => new Promise((resolve) => proxy.close(resolve)));
    return (proxy.address() as { port: number }).port;
  }

  it('each TLS connection has its own client', async () => {
    const addresses: (string | undefined)[] = [];
    const { port, log } = await serve({
      tls: PSK,
      onConnection: ({ request }) => {
        addresses.push(request.remoteAddress);
        return log;
      },
    });
    // All at once, so that one's header could be taken for another's.
    const clients = Array.from({ length: 20 }, (_, i) => `192.0.2.${String(i)}`);
    await Promise.all(
      clients.map(async (address) => {
        const proxied = await proxyTo(port, HEADER.replace('192.0.2.1', address));
        const socket = connectTls({
          port: proxied,
          host: '127.0.0.1',
          ...PSK,
          pskCallback: () => ({ psk: Buffer.alloc(32, 7), identity: 'spec' }),
          checkServerIdentity: () => undefined,
        });
        bench.defer(() => socket.destroy());
        socket.write(upgradeRequest('/', `X-Address: ${address}`));
        const answer = await new Promise<Buffer>((resolve, reject) => {
          socket.once('data', resolve).once('error', reject);
        });
        expect(answer.toString()).toMatch(/^HTTP\/1.1 101/);
      }),
    );
    expect(addresses.sort()).toEqual(clients.sort());
  });
});
