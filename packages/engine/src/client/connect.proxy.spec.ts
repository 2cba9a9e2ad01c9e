import { subscribe, unsubscribe } from 'node:diagnostics_channel';
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

/** The next head of an answer that Node's HTTP client has read. */
function nextAnswer(): Promise<void> {
  return new Promise((resolve) => {
    const onAnswer = (): void => {
      unsubscribe('http.client.response.finish', onAnswer);
      resolve();
    };
    subscribe('http.client.response.finish', onAnswer);
  });
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
    // `close`, which Node would say, could be taken at its word.
    expect(proxy.asked[0]?.rawHeaders).not.toContain('Connection');
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
      peerAddress: '127.0.0.1',
    });
    expect(connection.request.tls?.peerCertificate?.subject).toBe(secure ? 'CN=localhost' : undefined);
    connection.close(1000);
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true });
    await gone(proxy);
  });

  it.each([
    ['ws:', false, false],
    ['wss:', true, false],
    ['wss:, by TLS to the proxy', true, true],
  ])('%s dropped, all of it', async (_, secure, secureProxy) => {
    const { port } = await serve(secure ? { tls: own } : {});
    const { proxy, url } = await proxied({ port, ...(secureProxy ? { tls: own } : {}) });
    const tls = { ca: own.ca };
    const connection = await connect(
      `${secure ? 'wss' : 'ws'}://ws.example`,
      options({ proxy: { url, tls }, tls: { ca: own.ca } }),
    );
    connection.terminate();
    expect(await log.closed()).toMatchObject({ closeCode: 1006 });
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

  it('loses none for TLS either', async () => {
    const { proxy, url } = await proxied({ answer: 'HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH\r\n', stays: true });
    const error = await failure('wss://ws.example', { proxy: url });
    expect(error).toMatchObject({ reason: 'tls', closeCode: 1015, cause: { code: 'ERR_SSL_WRONG_VERSION_NUMBER' } });
    await gone(proxy);
  });

  it('minds no Content-Length in a success ("A client MUST ignore any")', async () => {
    const { url } = await proxied({
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHTTP/1.1 418 Early\r\nContent-Length: 2\r\n\r\nhi',
    });
    expect(await failure('ws://ws.example', { proxy: url })).toMatchObject({ reason: 'status', status: 418 });
  });

  it.each([
    ['that we do not trust', 'ws.example', {}, 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['that is somebody else', 'other.example', { trusted: true }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('to a server %s: 1015, and nothing is left', async (_, host, { trusted = false }: { trusted?: boolean }, code) => {
    const { port } = await serve({ tls: own });
    for (const tls of [undefined, own]) {
      const { proxy, url } = await proxied({ port, ...(tls ? { tls } : {}) });
      const error = await failure(`wss://${host}`, {
        proxy: { url, tls: { ca: own.ca } },
        ...(trusted ? { tls: { ca: own.ca } } : {}),
      });
      expect(error).toMatchObject({ reason: 'tls', closeCode: 1015, cause: { code } });
      await gone(proxy);
    }
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
    [
      'another 407, in chunks',
      'HTTP/1.1 407 Who\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n1\r\n?\r\n0\r\n\r\n',
      { status: 407, body: 'who?' },
    ],
    ['a 304, which has no body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { status: 304, body: '' }],
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n', { status: undefined }],
    [
      '101 Switching Protocols',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      { status: undefined },
    ],
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

  it.each([
    ['by its length', 'Content-Length: 4\r\n\r\nwho?'],
    ['by its chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nwho?\r\n0\r\n\r\n'],
  ])('and stays: the end of what it says is known %s', async (_, rest) => {
    const { proxy, url } = await proxied({ answer: `HTTP/1.1 407 Who\r\n${rest}`, stays: true });
    expect(await failure('ws://ws.example', { proxy: url })).toMatchObject({ status: 407, body: 'who?' });
    await gone(proxy);
  });

  it('and never comes to an end: when time is up, its status is known', async () => {
    const answer = 'HTTP/1.1 407 Who\r\nContent-Length: 5\r\n\r\nwho?';
    const { proxy, url } = await proxied({ answer, stays: true });
    const answered = nextAnswer();
    const failing = failure('ws://ws.example', { proxy: url });
    await answered;
    bench.clock.advance(10_000);
    expect(await failing).toMatchObject({ reason: 'proxy', status: 407 });
    await gone(proxy);
    expect(bench.clock.scheduled).toBe(0);
  });

  it.each([
    ['and goes', '\r\n', false],
    ['and never ends', 'Content-Length: 1000000000\r\n\r\n', true],
  ])('and says so at length, %s: 16 KiB of it are kept', async (_, rest, stays) => {
    const answer = `HTTP/1.1 403 Forbidden\r\n${rest}${'x'.repeat(100_000)}`;
    const { proxy, url } = await proxied({ answer, stays });
    expect((await failure('ws://ws.example', { proxy: url })).body).toHaveLength(16 * 1024);
    await gone(proxy);
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
