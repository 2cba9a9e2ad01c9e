import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority, type IssuedCertificate, selfSignedCertificate } from './certificates.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const end of undo.splice(0)) end();
});

/** What a TLS client of Node's makes of a server's certificate. */
async function verdict(server: IssuedCertificate, ca: string, servername: string): Promise<string> {
  const listening = createServer(server, (socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ca, servername });
  undo.push(
    () => socket.destroy(),
    () => void listening.close(),
  );
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve('trusted'));
    socket.once('error', (error: Error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

describe('Certificates for specs', () => {
  it('are for the names that they were asked for, and for a time', async () => {
    const authority = await CertificateAuthority.create();
    const good = await authority.issue({ hosts: ['a.test', '*.b.test', '127.0.0.1'] });
    expect(await verdict(good, good.ca, 'a.test')).toBe('trusted');
    expect(await verdict(good, good.ca, 'x.b.test')).toBe('trusted');
    expect(await verdict(good, good.ca, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const old = await authority.issue({ hosts: ['a.test'], notAfter: new Date(Date.now() - 1000) });
    expect(await verdict(old, old.ca, 'a.test')).toBe('CERT_HAS_EXPIRED');
    expect(new X509Certificate(good.cert).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('are trusted by whoever trusts who made them', async () => {
    const other = await CertificateAuthority.create();
    const self = await selfSignedCertificate();
    expect(await verdict(self, self.ca, 'localhost')).toBe('trusted');
    expect(await verdict(self, other.cert, 'localhost')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('are for clients as well', async () => {
    const authority = await CertificateAuthority.create();
    const [server, client] = await Promise.all([authority.issue(), authority.issue({ client: 'alice' })]);
    const listening = createServer({ ...server, requestCert: true }).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, ca: server.ca, key: client.key, cert: client.cert });
    undo.push(
      () => socket.destroy(),
      () => void listening.close(),
    );
    const [accepted] = (await once(listening, 'secureConnection')) as [TLSSocket];
    undo.push(() => accepted.destroy());
    expect(accepted.getPeerCertificate().subject.CN).toBe('alice');
  });
});
