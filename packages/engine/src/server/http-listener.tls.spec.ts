import { once } from 'node:events';
import { type ConnectionOptions, connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority, EngineBench, type IssuedCertificate, upgradeRequest } from '@nestwire/test-support';
import type { HttpListenerOptions } from './http-listener.js';

let authority: CertificateAuthority;
let own: IssuedCertificate;
let other: IssuedCertificate;
let alice: IssuedCertificate;
let stranger: IssuedCertificate;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  own = await authority.issue();
  other = await authority.issue({ hosts: ['other.example'] });
  alice = await authority.issue({ client: 'alice' });
  stranger = await (await CertificateAuthority.create('Somebody')).issue({ client: 'mallory' });
});

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

function serve(tls: HttpListenerOptions['tls'] = {}, options: Omit<HttpListenerOptions, 'tls'> = {}) {
  return bench.serve({ tls: { key: own.key, cert: own.cert, ...tls }, ...options });
}

function connect(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({ port, host: '127.0.0.1', ca: authority.cert, servername: 'localhost', ...options });
  bench.defer(() => socket.destroy());
  return socket;
}

/** The first that comes back for a handshake; the error, where TLS fails and says so. */
async function answerTo(socket: TLSSocket, request = upgradeRequest()): Promise<string> {
  socket.write(request);
  return new Promise((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()));
    socket.once('error', ({ code = 'error' }: NodeJS.ErrnoException) => resolve(code));
    socket.once('end', () => resolve('ended')).once('close', () => resolve('closed'));
  });
}

describe('TLS (RFC 6455 §10.6)', () => {
  it('is a fact of the connection', async () => {
    const { port, opened } = await serve();
    expect(await answerTo(connect(port, { ALPNProtocols: ['http/1.1'] }))).toMatch(/^HTTP\/1.1 101/);
    const { request } = await opened;
    expect(request).toMatchObject({ secure: true, remoteAddress: '127.0.0.1' });
    expect(request.tls).toEqual({
      protocol: 'TLSv1.3',
      servername: 'localhost',
      alpnProtocol: 'http/1.1',
      peerCertificate: undefined,
      authorized: false,
      authorizationError: undefined,
    });
  });

  it('by the user’s options: SNI, and what ALPN offers', async () => {
    const { port, opened } = await serve({
      SNICallback: (name, answer) => {
        answer(null, name === 'other.example' ? createSecureContext({ key: other.key, cert: other.cert }) : undefined);
      },
      ALPNProtocols: ['acme/1', 'http/1.1'],
    });
    const socket = connect(port, { servername: 'other.example', ALPNProtocols: ['acme/1'] });
    await once(socket, 'secureConnect');
    expect(socket.getPeerX509Certificate()?.subject).toBe('CN=other.example');
    expect(await answerTo(socket, upgradeRequest().replace('localhost', '127.0.0.1'))).toMatch(/^HTTP\/1.1 101/);
    expect((await opened).request.tls).toMatchObject({ servername: 'other.example', alpnProtocol: 'acme/1' });
    expect(await answerTo(connect(port))).toMatch(/^HTTP\/1.1 101/);
  });

  it('by another certificate from now on, when one is renewed', async () => {
    const { server, port } = await serve();
    const before = connect(port);
    expect(await answerTo(before)).toMatch(/^HTTP\/1.1 101/);
    const renewed = await authority.issue({ notAfter: new Date(Date.now() + 7 * 24 * 3600 * 1000) });
    server.setSecureContext({ key: renewed.key, cert: renewed.cert });
    const after = connect(port);
    await once(after, 'secureConnect');
    expect(after.getPeerX509Certificate()?.toString()).toBe(renewed.cert.trimEnd() + '\n');
    expect(before.destroyed).toBe(false);
  });

  it('on each address of several', async () => {
    const { server } = await serve();
    const { port } = await server.listen(0);
    const socket = connect(port);
    expect(await answerTo(socket)).toMatch(/^HTTP\/1.1 101/);
    const ended = once(socket, 'close');
    socket.end();
    await ended;
  });
});

describe('Certificates of clients', () => {
  const asked = (rejectUnauthorized: boolean) => ({ requestCert: true, rejectUnauthorized, ca: authority.cert });
  const certified = ({ key, cert }: IssuedCertificate) => ({ key, cert });

  it('that are verified, are facts', async () => {
    const { port, opened } = await serve(asked(true));
    expect(await answerTo(connect(port, certified(alice)))).toMatch(/^HTTP\/1.1 101/);
    const { tls } = (await opened).request;
    expect(tls).toMatchObject({ authorized: true, authorizationError: undefined });
    expect(tls?.peerCertificate?.subject).toBe('CN=alice');
    expect(tls?.peerCertificate?.verify(tls.peerCertificate.publicKey)).toBe(false);
  });

  it('that nobody vouches for, are facts too where the application wants to see for itself', async () => {
    const { port, opened } = await serve(asked(false));
    expect(await answerTo(connect(port, certified(stranger)))).toMatch(/^HTTP\/1.1 101/);
    const { tls } = (await opened).request;
    expect(tls).toMatchObject({ authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(tls?.peerCertificate?.subject).toBe('CN=mallory');
  });

  it('are none where the client has none, and needs none', async () => {
    const { port, opened } = await serve(asked(false));
    expect(await answerTo(connect(port))).toMatch(/^HTTP\/1.1 101/);
    expect((await opened).request.tls).toMatchObject({
      peerCertificate: undefined,
      authorized: false,
      authorizationError: undefined,
    });
  });

  it.each([
    ['none', () => ({})],
    ['one that nobody vouches for', () => certified(stranger)],
  ])('%s, where one is demanded: no connection', async (_, options) => {
    for (const proxyProtocol of [undefined, { from: ['loopback'] }]) {
      const { server, port } = await serve(asked(true), proxyProtocol && { proxyProtocol });
      const socket = proxyProtocol ? await throughProxy(port, options()) : connect(port, options());
      expect(await answerTo(socket)).not.toMatch(/^HTTP/);
      expect(server.connections.size).toBe(0);
    }
  });

  it('are verified behind the PROXY protocol as well', async () => {
    const { port, opened } = await serve(asked(true), { proxyProtocol: { from: ['loopback'] } });
    const socket = await throughProxy(port, certified(alice));
    expect(await answerTo(socket)).toMatch(/^HTTP\/1.1 101/);
    const { request } = await opened;
    expect(request).toMatchObject({ remoteAddress: '192.0.2.1', secure: true, tls: { authorized: true } });
    expect(request.tls?.peerCertificate?.subject).toBe('CN=alice');
  });

  async function throughProxy(port: number, options: ConnectionOptions): Promise<TLSSocket> {
    const { socket } = await bench.connect(port);
    socket.write('PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n');
    return connect(port, { socket, ...options });
  }
});

describe('A TLS handshake that fails', () => {
  it.each([
    ['because it is none', upgradeRequest()],
    ['in its middle', Buffer.from('160301', 'hex')],
  ])('%s, leaves nothing, on each address', async (_, sent) => {
    const { server, port } = await serve();
    const further = await server.listen(0);
    for (const at of [port, further.port]) {
      const client = await bench.connect(at);
      await client.writeOut(sent);
      client.end();
      await client.ended();
      client.destroy();
    }
    await server.close();
    expect(server.connections.size).toBe(0);
  });

  it('for want of time, ends the socket', async () => {
    const { port } = await serve({}, { tlsHandshakeTimeoutMs: 100 });
    const client = await bench.connect(port);
    await client.writeOut(Buffer.from('160301', 'hex'));
    await client.ended();
  });

  it('because the versions do not meet', async () => {
    const { port } = await serve({ minVersion: 'TLSv1.3' });
    const socket = connect(port, { maxVersion: 'TLSv1.2' });
    expect(await answerTo(socket)).toMatch(/^EPROTO$|PROTOCOL_VERSION/);
  });
});
