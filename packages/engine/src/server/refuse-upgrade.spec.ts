import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, upgradeRequest } from '@nestwire/test-support';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

const REQUEST = upgradeRequest('/chat');

describe('Refusing an upgrade (RFC 6455 §4.2.1)', () => {
  it.each([
    ['405 for another method', 405, REQUEST.replace('GET', 'POST')],
    ['505 for HTTP/1.0', 505, REQUEST.replace('HTTP/1.1', 'HTTP/1.0')],
    ['400 for a fragment', 400, REQUEST.replace('/chat', '/chat#a')],
    ['400 for another scheme', 400, REQUEST.replace('/chat', 'ftp://localhost/chat')],
    ['400 for no Host', 400, REQUEST.replace('Host: localhost\r\n', '')],
    ['400 for two Hosts', 400, REQUEST.replace('Host: localhost\r\n', '$&$&')],
    ['400 for a Host that is none', 400, REQUEST.replace('localhost', 'a b')],
    ['400 for a body', 400, REQUEST.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\nHello')],
    ['400 for a chunked body', 400, REQUEST.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')],
    ['426 for another version', 426, REQUEST.replace('13', '8')],
    ['426 for no version', 426, REQUEST.replace('Sec-WebSocket-Version: 13\r\n', '')],
    ['400 for two versions', 400, REQUEST.replace('Sec-WebSocket-Version: 13\r\n', '$&$&')],
    ['400 for no key', 400, REQUEST.replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['400 for a key that is none', 400, REQUEST.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short')],
    ['400 for two keys', 400, REQUEST.replace(/Sec-WebSocket-Key.*\r\n/, '$&$&')],
    ['400 for a subprotocol twice', 400, REQUEST.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: a, a\r\n\r\n')],
    ['404 for a path of nobody’s', 404, REQUEST.replace('/chat', '/other')],
  ])('answers with a whole HTTP response: %s', async (_what, status, request) => {
    const { port, server } = await bench.serve({ path: '/chat' });
    const client = await bench.connect(port);
    client.write(request);
    const response = await client.response();
    expect(response.status).toBe(status);
    expect(response.body).not.toBe('');
    expect(response.headers['connection']).toContain('close');
    if (status === 405) expect(response.headers['allow']).toBe('GET');
    if (status === 426) expect(response.headers['sec-websocket-version']).toBe('13');
    expect(await client.ended()).toBe('fin');
    expect(client.rest).toHaveLength(0);
    expect(server.connections.size).toBe(0);
  });

  it('is read by an HTTP client as any response', async () => {
    const { port } = await bench.serve({ path: '/chat' });
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    const status = await new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/other', headers }, (response) => {
        response.resume().on('end', () => resolve([response.statusCode, response.statusMessage, response.complete]));
      }).on('error', reject);
    });
    expect(status).toEqual([404, 'Not Found', true]);
  });

  it('is readable though the client goes on sending', async () => {
    const { port } = await bench.serve({ path: '/chat' });
    const client = await bench.connect(port);
    client.write(upgradeRequest('/other'));
    for (let i = 0; i < 20; i++) await client.writeOut(new Uint8Array(100_000));
    expect((await client.response()).status).toBe(404);
    expect(await client.ended()).toBe('fin');
    await client.writeOut(new Uint8Array(100_000));
  });

  it('ends with the client, whose FIN is answered at once', async () => {
    const { server, port, sockets } = await bench.http(() => {});
    bench.create({ server, path: '/chat' });
    const client = await bench.connect(port);
    client.write(upgradeRequest('/other'));
    await client.response();
    expect(bench.clock.scheduled).toBe(1);
    const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
    client.end();
    await closed;
    expect(bench.clock.scheduled).toBe(0);
  });

  it('ends by itself when the client stays', async () => {
    const { server, port, sockets } = await bench.http(() => {});
    bench.create({ server, path: '/chat' });
    const client = await bench.connect(port);
    client.write(upgradeRequest('/other'));
    await client.response();
    await client.ended();
    bench.clock.advance(1900);
    expect(sockets[0]?.destroyed).toBe(false);
    bench.clock.advance(200);
    expect(sockets[0]?.destroyed).toBe(true);
  });

  it('takes no harm from a client that is gone already', async () => {
    const { server, port } = await bench.http(() => {});
    bench.create({ server, path: '/chat' });
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await bench.connect(port);
    const [socket] = await accepted;
    await client.writeOut(upgradeRequest('/other'));
    client.reset();
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    expect(bench.clock.scheduled).toBe(0);
  });
});
