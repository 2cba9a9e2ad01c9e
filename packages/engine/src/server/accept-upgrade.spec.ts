import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, upgradeRequest } from '@nestwire/test-support';
import type { ConnectionRequest } from '../connection/ws-connection.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

describe('Accepting an upgrade (RFC 6455 §4.2.2)', () => {
  it.each([
    ["the RFC's own example", 'dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['the handshake of the notes', 'pNgZr2dChVwcNts30DxZiQ==', 'W3UNJiLyRMXlwQ2lsHe8hNFegRU='],
  ])('answers with a 101: %s', async (_name, key, accept) => {
    const { port } = await bench.serve();
    const client = await bench.connect(port);
    client.write(upgradeRequest('/').replace('dGhlIHNhbXBsZSBub25jZQ==', key));
    expect(await client.response()).toEqual({
      status: 101,
      headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': accept },
      body: '',
    });
    expect(client.rest).toHaveLength(0);
  });

  it('reads header names and values in whatever case, and lists over several lines', async () => {
    const { port, opened } = await bench.serve({ subprotocols: ['chat'] });
    const client = await bench.connect(port);
    client.write(
      'GET /chat HTTP/1.1\r\nhOST: LocalHost:80\r\nUPGRADE: WebSocket\r\nconnection: keep-alive\r\n' +
        'Connection: UPGRADE\r\nsec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Protocol: soap\r\nSec-WebSocket-Protocol: wamp , chat\r\n\r\n',
    );
    expect((await client.response()).headers['sec-websocket-protocol']).toBe('chat');
    expect((await opened).request.host).toBe('LocalHost:80');
  });

  it.each([
    [['a', 'b'], 'b, a', 'b'],
    [['a', 'b'], 'c, a', 'a'],
    [['a'], 'c', undefined],
    [[], 'a', undefined],
    [['a'], undefined, undefined],
  ])('of the subprotocols %j and the offer %p chooses %p (§1.9)', async (subprotocols, offer, chosen) => {
    const { port, opened } = await bench.serve({ subprotocols });
    const client = await bench.connect(port);
    client.write(upgradeRequest('/', ...(offer === undefined ? [] : [`Sec-WebSocket-Protocol: ${offer}`])));
    expect((await client.response()).headers['sec-websocket-protocol']).toBe(chosen);
    expect((await opened).subprotocol).toBe(chosen);
  });

  it.each<[string, string[], Partial<ConnectionRequest>]>([
    [
      '/chat?room=1&x=%20',
      ['Origin: http://localhost'],
      { path: '/chat', query: 'room=1&x=%20', origin: 'http://localhost' },
    ],
    ['/', [], { path: '/', query: '', origin: undefined }],
    ['http://localhost/abs?q', [], { path: '/abs', query: 'q', origin: undefined }],
  ])('keeps what the handshake said: %s', async (target, lines, facts) => {
    const { port, opened } = await bench.serve();
    await bench.open(port, target, ...lines);
    expect((await opened).request).toEqual({
      host: 'localhost',
      secure: undefined,
      remoteAddress: '127.0.0.1',
      peerAddress: '127.0.0.1',
      ...facts,
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'prototype'])(
    'takes no harm from a header field named %s',
    async (name) => {
      const { port } = await bench.serve();
      const client = await bench.connect(port);
      client.write(upgradeRequest('/', `${name}: a`, `${name}: b`));
      expect((await client.response()).status).toBe(101);
    },
  );

  it('keeps the facts of each apart, also of those that ask for almost the same', async () => {
    const asked: unknown[] = [];
    const { port } = await bench.serve({
      origins: () => true,
      onHandshake: ({ facts }) => {
        asked.push([facts.path, facts.host, facts.origin]);
        return { kind: 'accept' };
      },
    });
    const requests = [
      ['/a', 'localhost:1', ['Origin: http://a']],
      ['/a', 'localhost:2', ['Origin: http://b']],
      ['/b', 'localhost:2', []],
      ['/a', 'localhost:1', ['Origin: http://b']],
    ] as const;
    for (const [path, host, lines] of requests) {
      const client = await bench.connect(port);
      client.write(upgradeRequest(path, ...lines).replace('Host: localhost', `Host: ${host}`));
      expect((await client.response()).status).toBe(101);
    }
    expect(asked).toEqual([
      ['/a', 'localhost:1', 'http://a'],
      ['/a', 'localhost:2', 'http://b'],
      ['/b', 'localhost:2', undefined],
      ['/a', 'localhost:1', 'http://b'],
    ]);
  });
});
