import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort, upgradeRequest } from '@nestwire/test-support';
import { WebSocket } from 'ws';
import { describeBehindNginx, from, NginxBench, notingServer, requestOf, tellRequest } from './nginx-bench.js';

/** What a client may write into its request to pass for another. */
const FORGED = {
  'X-Forwarded-For': '203.0.113.66',
  'X-Forwarded-Proto': 'http',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Port': '1',
  'X-Forwarded-Server': 'evil.example',
  'X-Forwarded-Ssl': 'off',
  'X-Forwarded-Scheme': 'http',
  'X-Forwarded-Prefix': '/evil',
  'X-Forwarded-By': '203.0.113.66',
  'X-Forwarded': 'for=203.0.113.66',
  'X-Real-IP': '203.0.113.66',
  'X-Client-IP': '203.0.113.66',
  'X-Original-URL': '/evil',
  'X-Rewrite-URL': '/evil',
  'True-Client-IP': '203.0.113.66',
  'CF-Connecting-IP': '203.0.113.66',
  'Front-End-Https': 'off',
  Forwarded: 'for=203.0.113.66;proto=http;host=evil.example',
  // With an underscore, some applications read it as the same name.
  X_Forwarded_For: '203.0.113.66',
};

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

async function terminated(options: Parameters<NginxBench['node']>[0] = {}) {
  const served = await bench.node(options, tellRequest);
  const nginx = await bench.nginx('tls-termination', { '127.0.0.1:9002': `127.0.0.1:${String(served.port)}` });
  return { ...served, nginx, authority: `localhost:${String(nginx.port)}` };
}

describeBehindNginx('Behind TLS termination (docs/nginx/sites/tls-termination.conf)', () => {
  it('the server knows the client, that it came by TLS, and the name and port that it asked for', async () => {
    const { nginx, authority } = await terminated();
    const socket = await bench.ws(nginx, '/chat?room=7', { origin: `https://${authority}` });
    expect(await requestOf(socket)).toEqual({
      path: '/chat',
      query: 'room=7',
      host: authority,
      origin: `https://${authority}`,
      secure: true,
      remoteAddress: '127.0.0.1',
      peerAddress: '127.0.0.1',
    });
  });

  it('tells clients of different addresses apart', async () => {
    const { nginx } = await terminated();
    const socket = await bench.ws(nginx, '/', from('127.0.0.2'));
    expect(await requestOf(socket)).toMatchObject({ remoteAddress: '127.0.0.2', peerAddress: '127.0.0.1' });
  });

  it.each(['x-forwarded', 'forwarded'] as const)(
    'a client can not pass for another, whatever it writes (trustedProxies.header: %s)',
    async (header) => {
      const { nginx, authority } = await terminated({ trustedProxies: { addresses: ['127.0.0.1'], header } });
      const facts = await requestOf(await bench.ws(nginx, '/', { headers: FORGED }));
      // nginx has no Forwarded to set; with it removed, the server takes the proxy for the client, and believes nobody.
      const told =
        header === 'x-forwarded' ? { remoteAddress: '127.0.0.1', secure: true } : { remoteAddress: '127.0.0.1' };
      expect(facts).toMatchObject({ ...told, host: authority });
    },
  );

  it('nothing that a client says about itself reaches the node', async () => {
    const { http, upgrades } = notingServer();
    const port = await freePort();
    await bench.nodeOn(http, port);
    const nginx = await bench.nginx('tls-termination', { '127.0.0.1:9002': `127.0.0.1:${String(port)}` });
    const authority = `localhost:${String(nginx.port)}`;
    await bench.ws(nginx, '/', { headers: { ...FORGED, 'X-Own': 'kept' } });
    const forged = new Set(Object.keys(FORGED).map((name) => name.toLowerCase()));
    const { headers } = upgrades[0] ?? { headers: {} };
    expect(Object.fromEntries(Object.entries(headers).filter(([name]) => forged.has(name)))).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': authority,
      'x-real-ip': '127.0.0.1',
    });
    expect(headers).toMatchObject({ host: authority, 'x-own': 'kept', upgrade: 'websocket', connection: 'upgrade' });
  });

  it("takes the request line's host where Host contradicts it (RFC 9112 §3.2.2)", async () => {
    const { nginx, opened } = await terminated();
    const socket = tlsConnect({ host: '127.0.0.1', port: nginx.port, ca: bench.ca, servername: 'localhost' });
    bench.defer(() => socket.destroy());
    socket.write(upgradeRequest('https://localhost/').replace('Host: localhost', 'Host: evil.example'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
    expect((await opened).request).toMatchObject({ host: 'localhost', path: '/' });
  });

  it("lets the server's own pages in, and answers those of others with 403 and the reason", async () => {
    const { nginx, authority, server } = await terminated();
    await bench.ws(nginx, '/', { origin: `https://${authority}` });
    for (const origin of ['https://evil.example', `http://${authority}`, 'https://localhost', 'null']) {
      const answer = await bench.refused(nginx, '/', { origin });
      expect(answer).toMatchObject({ status: 403, body: 'Pages of this Origin may not connect' });
    }
    expect(server.connections.size).toBe(1);
  });

  it('without trustedProxies knows neither client nor scheme, and on loopback refuses any name but its own', async () => {
    const { port, opened } = await bench.node({ trustedProxies: { addresses: [] } }, tellRequest);
    const nginx = await bench.nginx('tls-termination', {
      '127.0.0.1:9002': `127.0.0.1:${String(port)}`,
      'server_name ws.example.com': 'server_name localhost ws.example.com',
    });
    const named = { headers: { Host: 'ws.example.com' } };
    expect(await bench.refused(nginx, '/', named)).toMatchObject({
      status: 403,
      body: 'This server may not be asked for by this Host',
    });
    await bench.ws(nginx, '/', from('127.0.0.2'));
    expect((await opened).request).toMatchObject({ remoteAddress: '127.0.0.1', secure: undefined });
  });

  it('shows no certificate to who asks for another name', async () => {
    const { nginx } = await terminated();
    const socket = tlsConnect({ host: '127.0.0.1', port: nginx.port, ca: bench.ca, servername: 'other.example' });
    bench.defer(() => socket.destroy());
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
  });

  it('sends plain HTTP to HTTPS, and takes no ws: on the way', async () => {
    const { nginx, server } = await terminated();
    const socket = new WebSocket(`ws://127.0.0.1:${String(nginx.plainPort)}/chat?room=7`, {
      headers: { Host: 'localhost' },
    });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: object },
    ];
    expect(response).toMatchObject({ statusCode: 308, headers: { location: 'https://localhost/chat?room=7' } });
    socket.terminate();
    expect(server.connections.size).toBe(0);
  });

  it('passes no upgrade but that to WebSocket', async () => {
    const { http, upgrades } = notingServer();
    const port = await freePort();
    await bench.nodeOn(http, port);
    const nginx = await bench.nginx('tls-termination', { '127.0.0.1:9002': `127.0.0.1:${String(port)}` });
    const socket = tlsConnect({ host: '127.0.0.1', port: nginx.port, ca: bench.ca, servername: 'localhost' });
    bench.defer(() => socket.destroy());
    socket.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 [^]*GET, Upgrade: undefined/);
    expect(upgrades).toEqual([]);
  });

  it('writes no query to its log: tokens travel there', async () => {
    const { nginx } = await terminated();
    const socket = await bench.ws(nginx, '/chat?token=secret');
    socket.close();
    await once(socket, 'close');
    let log = '';
    while (!log.includes('/chat')) log = await nginx.read('access.log');
    expect(log).toMatch(/^127\.0\.0\.1 \S+ localhost "GET \/chat" 101 \d+\/\d+ B [\d.]+ s "-" -> 127\.0\.0\.1:\d+\n$/);
  });
});
