import { getEventListeners } from 'node:events';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CertificateAuthority,
  ConnectionLog,
  ConnectProxy,
  type ConnectProxyOptions,
  EngineBench,
  type IssuedCertificate,
} from '@nestwire/test-support';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect-options.js';
import { HandshakeError } from './handshake-error.js';
import type { WsServerOptions } from '../server/ws-server-options.js';

let own: IssuedCertificate;
beforeAll(async () => {
  own = await (await CertificateAuthority.create()).issue({ hosts: ['localhost', '127.0.0.1', 'ws.example'] });
});

let bench: EngineBench;
let log: ConnectionLog;
beforeEach(() => {
  bench = new EngineBench();
  log = new ConnectionLog();
});
afterEach(() => bench.dispose());

async function proxied(options: ConnectProxyOptions = {}): Promise<{ proxy: ConnectProxy; url: string }> {
  const proxy = await ConnectProxy.start(options);
  bench.defer(() => proxy.stop());
  return { proxy, url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${String(proxy.port)}` };
}

function serve(options: Partial<WsServerOptions> = {}) {
  return bench.serve(
    { hosts: () => true, ...options },
    { onMessage: (connection, text) => void connection.send(text) },
  );
}

function options(more: Partial<ConnectOptions>): ConnectOptions {
  return { onConnection: () => log, clock: bench.clock, ...more };
}

async function failure(url: string, more: Partial<ConnectOptions>): Promise<HandshakeError> {
  const error: unknown = await connect(url, options(more)).catch((reason: unknown) => reason);
  if (!(error instanceof HandshakeError)) throw new Error(`No HandshakeError but ${String(error)}`);
  return error;
}

async function gone(proxy: ConnectProxy): Promise<void> {
  while (proxy.open > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('Through a proxy (RFC 9110 §9.3.6, CONNECT)', () => {
  it.each([
    ['ws:', false, false],
    ['ws:, by TLS to the proxy', false, true],
    ['wss:', true, false],
    ['wss:, by TLS to the proxy', true, true],
  ])('%s', async (_, secure, secureProxy) => {
    const { port } = await serve(secure ? { tls: own } : {});
    // The name is one that only the proxy knows, and the certificate is for.
    const { proxy, url } = await proxied({ port, credentials: 'me:p@ss', ...(secureProxy ? { tls: own } : {}) });
    const connection = await connect(
      `${secure ? 'wss' : 'ws'}://ws.example/room?x=1`,
      options({
        proxy: { url: url.replace('//', '//me:p%40ss@'), headers: { 'X-Team': 'a' }, tls: { ca: own.ca } },
        tls: { ca: own.ca },
      }),
    );
    connection.send('Hello');
    expect(await log.atLeast(1)).toEqual([['text', 'Hello']]);
    expect(proxy.asked[0]).toMatchObject({
      url: `ws.example:${secure ? '443' : '80'}`,
      headers: { host: `ws.example:${secure ? '443' : '80'}`, 'x-team': 'a' },
    });
    expect(connection.request).toMatchObject({
      host: 'ws.example',
      secure,
      path: '/room',
      query: 'x=1',
      remoteAddress: undefined,
    });
    expect(connection.request.tls?.peerCertificate?.subject).toBe(secure ? 'CN=localhost' : undefined);
    connection.close(1000);
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true });
    await gone(proxy);
  });

  it('to an IPv6 literal, in brackets', async () => {
    const { server } = await serve();
    const { port } = await server.listen(0, '::1');
    const { proxy, url } = await proxied();
    const connection = await connect(`ws://[::1]:${String(port)}`, options({ proxy: url }));
    expect(proxy.asked[0]?.url).toBe(`[::1]:${String(port)}`);
    connection.terminate();
  });

  it('loses no byte that comes with its answer', async () => {
    // A server that speaks before it is asked, as none should: its bytes are taken for the answer.
    const { url } = await proxied({
      answer: 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 418 Early\r\nContent-Length: 2\r\n\r\nhi',
    });
    expect(await failure('ws://ws.example', { proxy: url })).toMatchObject({
      reason: 'status',
      status: 418,
      body: 'hi',
    });
  });

  it('by the environment, unless no_proxy names the host', async () => {
    const { port } = await serve();
    const { proxy, url } = await proxied();
    const before = { ...process.env };
    bench.defer(() => {
      for (const name of ['http_proxy', 'no_proxy']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });
    process.env['http_proxy'] = url;
    process.env['no_proxy'] = '';
    (await connect(`ws://127.0.0.1:${String(port)}`, options({}))).terminate();
    expect(proxy.asked).toHaveLength(1);
    (await connect(`ws://127.0.0.1:${String(port)}`, options({ proxy: false }))).terminate();
    const path = bench.socketPath();
    await bench.create().server.listen({ path });
    (await connect('ws://localhost', options({ socketPath: path }))).terminate();
    process.env['no_proxy'] = '127.0.0.0/8';
    (await connect(`ws://127.0.0.1:${String(port)}`, options({}))).terminate();
    expect(proxy.asked).toHaveLength(1);
  });
});

describe('A proxy that does not let us through', () => {
  it('because it wants to know who we are: 407, with what it says', async () => {
    const { proxy, url } = await proxied({ credentials: 'me:secret' });
    const error = await failure('wss://ws.example', { proxy: url.replace('//', '//me:wrong-secret@') });
    expect(error).toMatchObject({ reason: 'proxy', status: 407, body: 'who are you?', closeCode: 1006 });
    expect(error.headers).toMatchObject({ 'proxy-authenticate': 'Basic realm="spec"' });
    expect(JSON.stringify([error, error.message])).not.toMatch(/secret/);
    await gone(proxy);
  });

  it.each([
    ['403 without a body’s length', 'HTTP/1.1 403 Forbidden\r\n\r\nnot there', { status: 403, body: 'not there' }],
    ['502 with none', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', { status: 502, body: '' }],
    ['a redirection', 'HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n', { status: 302 }],
    ['nonsense', 'SSH-2.0-OpenSSH\r\n', { status: undefined }],
    ['nothing, and goes', '', { status: undefined }],
  ])('with %s', async (_, answer, facts) => {
    const { proxy, url } = await proxied({ answer });
    expect(await failure('ws://ws.example', { proxy: url })).toMatchObject({
      reason: 'proxy',
      closeCode: 1006,
      ...facts,
    });
    await gone(proxy);
  });

  it('and says so at length: 16 KiB of it are kept', async () => {
    const { url } = await proxied({ answer: `HTTP/1.1 403 Forbidden\r\n\r\n${'x'.repeat(100_000)}` });
    expect((await failure('ws://ws.example', { proxy: url })).body).toHaveLength(16 * 1024);
  });

  it('because nobody is there', async () => {
    const { proxy, url } = await proxied();
    await proxy.stop();
    const error = await failure('ws://ws.example', { proxy: url });
    expect(error).toMatchObject({ reason: 'proxy', closeCode: 1006, cause: { code: 'ECONNREFUSED' } });
  });

  it('because we do not trust it', async () => {
    const { proxy, url } = await proxied({ tls: own });
    const error = await failure('ws://ws.example', { proxy: url, tls: { ca: own.ca } });
    expect(error).toMatchObject({ reason: 'proxy', closeCode: 1006 });
    expect(error.cause).toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    await gone(proxy);
  });

  it.each([
    ['in time', (_: AbortController) => bench.clock.advance(10_000), 'timeout'],
    ['before we have had enough', (controller: AbortController) => controller.abort(), 'aborted'],
  ])('%s', async (_, act, reason) => {
    const { proxy, url } = await proxied({ answer: null });
    const controller = new AbortController();
    const { signal } = controller;
    const failing = failure('ws://ws.example', { proxy: url, signal });
    while (proxy.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    act(controller);
    expect(await failing).toMatchObject({ reason });
    await gone(proxy);
    expect(bench.clock.scheduled).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('What can not be', () => {
  it('a proxy that is no HTTP proxy is a SyntaxError', async () => {
    await expect(connect('ws://ws.example', options({ proxy: 'socks5://a' }))).rejects.toThrow(SyntaxError);
  });

  it('a proxy to a unix socket is a TypeError', async () => {
    const both = options({ proxy: 'http://a', socketPath: '/run/x.sock' });
    await expect(connect('ws://ws.example', both)).rejects.toThrow(TypeError);
  });
});
