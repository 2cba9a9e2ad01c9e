import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CertificateAuthority,
  ConnectionLog,
  EngineBench,
  type IssuedCertificate,
  selfSignedCertificate,
} from '@nestwire/test-support';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect-options.js';
import { HandshakeError } from './handshake-error.js';
import type { HttpListenerOptions } from '../server/http-listener.js';

let authority: CertificateAuthority;
let own: IssuedCertificate;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  own = await authority.issue();
});

let bench: EngineBench;
let log: ConnectionLog;
beforeEach(() => {
  bench = new EngineBench();
  log = new ConnectionLog();
});
afterEach(() => bench.dispose());

function serve(tls: HttpListenerOptions['tls'] = {}) {
  const listener = {
    onMessage: (c: { send(m: string | Uint8Array): unknown }, m: string | Uint8Array) => void c.send(m),
  };
  return bench.serve({ tls: { key: own.key, cert: own.cert, ...tls } }, listener);
}

function options(tls: ConnectOptions['tls'] = {}): ConnectOptions {
  return { onConnection: () => log, clock: bench.clock, tls: { ca: authority.cert, ...tls } };
}

async function failure(url: string, given: ConnectOptions): Promise<HandshakeError> {
  const error: unknown = await connect(url, given).catch((reason: unknown) => reason);
  if (!(error instanceof HandshakeError)) throw new Error(`No HandshakeError but ${String(error)}`);
  return error;
}

describe('wss: (RFC 6455 §4.1, §10.6)', () => {
  it.each(['localhost', '127.0.0.1'])(
    'to %s: the server’s certificate is a fact, and SNI a name only',
    async (host) => {
      const { port, opened } = await serve();
      const connection = await connect(`wss://${host}:${String(port)}/room`, options());
      connection.send('Hello');
      expect(await log.atLeast(1)).toEqual([['text', 'Hello']]);
      expect(connection.request).toMatchObject({ secure: true, path: '/room', tls: { authorized: true } });
      expect(connection.request.tls?.peerCertificate?.subject).toBe('CN=localhost');
      const { tls } = (await opened).request;
      expect(tls?.servername).toBe(host === 'localhost' ? 'localhost' : undefined);
      expect(tls?.alpnProtocol).toBeUndefined();
      connection.close();
      expect(await log.closed()).toMatchObject({ wasClean: true });
    },
  );

  it('to an address, only by a certificate for that address', async () => {
    const forAddress = await authority.issue({ hosts: ['127.0.0.1'] });
    const forName = await authority.issue({ hosts: ['localhost'] });
    const right = await serve(forAddress);
    (await connect(`wss://127.0.0.1:${String(right.port)}`, options())).terminate();
    const wrong = await serve(forName);
    const error = await failure(`wss://127.0.0.1:${String(wrong.port)}`, options());
    expect(error).toMatchObject({ reason: 'tls', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  it('to an IPv6 literal', async () => {
    const { server } = await serve();
    const { port } = await server.listen(0, '::1');
    (await connect(`wss://[::1]:${String(port)}`, options())).terminate();
  });

  it('to an IPv6 literal that the certificate is not for: 1015', async () => {
    const { key, cert } = await authority.issue({ hosts: ['localhost', '127.0.0.1', '::2'] });
    const { server } = await serve({ key, cert });
    const { port } = await server.listen(0, '::1');
    const error = await failure(`wss://[::1]:${String(port)}`, options());
    expect(error).toMatchObject({ reason: 'tls', closeCode: 1015, cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  it('with a check of our own', async () => {
    const other = await authority.issue({ hosts: ['other.example'] });
    const { port } = await serve({ key: other.key, cert: other.cert });
    const checked: unknown[] = [];
    const accept = options({
      checkServerIdentity: (host, { subject }) => {
        checked.push([host, subject.CN]);
        return undefined;
      },
    });
    (await connect(`wss://localhost:${String(port)}`, accept)).terminate();
    expect(checked).toEqual([['localhost', 'other.example']]);
    const refuse = options({ checkServerIdentity: () => new Error('not that one') });
    expect(await failure(`wss://localhost:${String(port)}`, refuse)).toMatchObject({ reason: 'tls', closeCode: 1015 });
  });

  it('with a certificate of our own', async () => {
    const { port, opened } = await serve({ requestCert: true, ca: authority.cert });
    const { key, cert } = await authority.issue({ client: 'alice' });
    (await connect(`wss://localhost:${String(port)}`, options({ key, cert }))).terminate();
    expect((await opened).request.tls?.peerCertificate?.subject).toBe('CN=alice');
  });

  it('by another name than the URL’s, and with ALPN, where asked for', async () => {
    const other = await authority.issue({ hosts: ['other.example'] });
    const { port, opened } = await serve({ key: other.key, cert: other.cert });
    const asked = options({ servername: 'other.example', ALPNProtocols: ['http/1.1'] });
    (await connect(`wss://localhost:${String(port)}`, asked)).terminate();
    expect((await opened).request.tls).toMatchObject({ servername: 'other.example', alpnProtocol: 'http/1.1' });
  });

  it('over a unix socket', async () => {
    const path = bench.socketPath();
    const { server } = await serve();
    await server.listen({ path });
    (await connect('wss://localhost/', { ...options(), socketPath: path })).terminate();
    (await connect('ws://localhost/', { ...options(), socketPath: await plainSocket() })).terminate();
  });

  async function plainSocket(): Promise<string> {
    const path = bench.socketPath();
    await bench.create().server.listen({ path });
    return path;
  }
});

describe('A failed TLS handshake is 1015 (RFC 6455 §7.4.1)', () => {
  const expired = () => authority.issue({ notAfter: new Date(Date.now() - 1000) });
  const misnamed = () => authority.issue({ hosts: ['other.example'] });
  const same = () => Promise.resolve(own);

  type Server = NonNullable<HttpListenerOptions['tls']>;
  type Client = NonNullable<ConnectOptions['tls']>;
  const failing: [
    what: string,
    issue: () => Promise<IssuedCertificate>,
    server: Server,
    client: Client,
    code: RegExp,
  ][] = [
    ['an authority that is not trusted', same, {}, { ca: [] }, /SELF_SIGNED_CERT_IN_CHAIN/],
    ['a certificate that has expired', expired, {}, {}, /CERT_HAS_EXPIRED/],
    ['a certificate for somebody else', misnamed, {}, {}, /ALTNAME_INVALID/],
    [
      'versions that do not meet',
      same,
      { minVersion: 'TLSv1.3' },
      { maxVersion: 'TLSv1.2' },
      /ALERT_PROTOCOL_VERSION|EPROTO/,
    ],
    [
      'ciphers that do not meet',
      same,
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      /HANDSHAKE_FAILURE|EPROTO/,
    ],
    [
      'a certificate that is wanted, TLS 1.2',
      same,
      { requestCert: true, maxVersion: 'TLSv1.2' },
      {},
      /ECONNRESET|ALERT/,
    ],
    ['a certificate that is wanted, TLS 1.3', same, { requestCert: true }, {}, /ALERT_CERTIFICATE_REQUIRED/],
  ];

  it.each(failing)('%s', async (_, issue, serverTls, clientTls, code) => {
    const { key, cert } = await issue();
    const { server, port } = await serve({ key, cert, ca: authority.cert, ...serverTls });
    const error = await failure(`wss://localhost:${String(port)}`, options(clientTls));
    expect(error).toMatchObject({ reason: 'tls', closeCode: 1015 });
    expect((error.cause as { code: string }).code).toMatch(code);
    expect(server.connections.size).toBe(0);
    expect(bench.clock.scheduled).toBe(0);
  });

  it.each([
    ['a server that speaks no TLS', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a server that resets', (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy())],
    ['a server that goes', (socket: Socket) => void socket.once('data', () => socket.end())],
  ])('%s', async (_, act) => {
    const server = createServer((socket) => act(socket.resume().on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bench.defer(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const error = await failure(`wss://localhost:${String(port)}`, options());
    expect(error).toMatchObject({ reason: 'tls', closeCode: 1015 });
    expect(error.cause).toHaveProperty('message');
  });

  it('says what can be done', async () => {
    const { port } = await serve();
    const error = await failure(`wss://localhost:${String(port)}`, options({ ca: [] }));
    expect(error.message).toMatch(/tls\.ca/);
  });

  it('but one that takes too long is a time-out: 1006', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bench.defer(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const failing = failure(`wss://localhost:${String(port)}`, options());
    while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    bench.clock.advance(10_000);
    expect(await failing).toMatchObject({ reason: 'timeout', closeCode: 1006 });
    await new Promise((resolve) => sockets[0]?.resume().once('close', resolve));
  });

  const advised: [
    code: string,
    issue: () => Promise<IssuedCertificate>,
    server: Server,
    client: Client,
    advice: RegExp,
  ][] = [
    ['EXPIRED', () => authority.issue({ notAfter: new Date(Date.now() - 1000) }), {}, {}, /renewed/],
    ['NOT_YET_VALID', () => authority.issue({ notBefore: new Date(Date.now() + 60_000) }), {}, {}, /clock/],
    ['ALTNAME_INVALID', () => authority.issue({ hosts: ['other.example'] }), {}, {}, /tls\.servername/],
    ['SELF_SIGNED', () => selfSignedCertificate(), {}, {}, /tls\.ca/],
    [
      'PROTOCOL_VERSION',
      () => Promise.resolve(own),
      { minVersion: 'TLSv1.3' },
      { maxVersion: 'TLSv1.2' },
      /tls\.minVersion/,
    ],
    ['CERTIFICATE_REQUIRED', () => Promise.resolve(own), { requestCert: true }, {}, /tls\.cert/],
  ];

  it.each(advised)(
    'and says what can be done about %s, without OpenSSL’s innards',
    async (code, issue, server, client, advice) => {
      const { key, cert } = await issue();
      const { port } = await serve({ key, cert, ca: authority.cert, ...server });
      const error = await failure(`wss://localhost:${String(port)}`, options(client));
      expect((error.cause as { code: string }).code).toContain(code);
      expect(error.message).toMatch(advice);
      expect(error.message).not.toMatch(/:error:|deps\/openssl|\n/);
    },
  );

  it('of which a server of Node’s says nothing where it has a certificate that it does not trust', async () => {
    const stranger = await (await CertificateAuthority.create()).issue({ client: 'mallory' });
    const { port } = await serve({ requestCert: true, ca: authority.cert });
    const error = await failure(`wss://localhost:${String(port)}`, options({ key: stranger.key, cert: stranger.cert }));
    // It could as well have crashed. So it is no TLS alert; what may be behind it is said.
    expect(error).toMatchObject({ reason: 'network', closeCode: 1006, cause: { code: 'ECONNRESET' } });
    expect(error.message).toMatch(/tls\.cert/);
  });

  it.each([
    ['a certificate that is none', { cert: 'none' }],
    ['ciphers that are none', { ciphers: 'NONE' }],
    ['versions that exclude each other', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1' }],
    ['an address for a name', { servername: '127.0.0.1' }],
    ['another host', { host: 'other.example' }],
    ['another port', { port: 443 }],
  ])('but %s is the caller’s mistake, and nothing is opened for it', async (_, tls) => {
    const { port, server } = await serve();
    let connections = 0;
    const counting = createServer(() => connections++).listen(0, '127.0.0.1');
    bench.defer(() => counting.close());
    await once(counting, 'listening');
    for (const at of [port, (counting.address() as AddressInfo).port]) {
      await expect(connect(`wss://localhost:${String(at)}`, options(tls as ConnectOptions['tls']))).rejects.toThrow(
        TypeError,
      );
    }
    expect([server.connections.size, connections, bench.clock.scheduled]).toEqual([0, 0, 0]);
  });
});

it('A name that is absolute is asked for without its dot (RFC 6066 §3)', async () => {
  const { port, opened } = await bench.serve({ tls: own, hosts: ['localhost.'] });
  const connection = await connect(`wss://localhost.:${String(port)}`, { ...options(), lookup: toLoopback });
  expect((await opened).request.tls?.servername).toBe('localhost');
  connection.terminate();
});

const toLoopback: LookupFunction = (_name, { all }, callback) => {
  if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
