import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { connect, type ConnectOptions, type WsConnection } from '@nestwire/engine';
import { CertificateAuthority } from '@nestwire/test-support';

it('The example of TLS on several addresses', async () => {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const directory = mkdtempSync(join(tmpdir(), 'nestwire-'));
  const authority = await CertificateAuthority.create();
  const keep = async () => {
    const { key, cert } = await authority.issue();
    writeFileSync(join(directory, 'key.pem'), key);
    writeFileSync(join(directory, 'cert.pem'), cert);
    return cert;
  };
  await keep();
  const SOCKET = join(directory, 'ws.sock');
  Object.assign(process.env, { CERTIFICATES: directory, PORT: '0', SOCKET });
  const { server } = await import('./listen.js');
  const [v4, v6, path] = server.addresses;
  expect(path).toBe(SOCKET);

  const echo = async (url: string, options: Partial<ConnectOptions> = {}) => {
    const tls = { ca: authority.cert, ...options.tls };
    await new Promise<void>((resolve, reject) => {
      const onMessage = (connection: WsConnection, message: unknown) => {
        expect(message).toBe('hello');
        connection.close();
      };
      connect(url, { ...options, tls, onConnection: () => ({ onMessage, onClose: () => resolve() }) }).then(
        (connection) => connection.send('hello'),
        reject,
      );
    });
  };
  const { key, cert } = await authority.issue({ client: 'alice' });
  await echo(`wss://127.0.0.1:${String((v4 as AddressInfo).port)}`, { tls: { key, cert } });
  await echo(`wss://[::1]:${String((v6 as AddressInfo).port)}`);
  await echo('wss://localhost/', { socketPath: SOCKET });
  expect(log.mock.calls).toEqual([
    ['127.0.0.1', 'TLSv1.3', 'CN=alice'],
    ['::1', 'TLSv1.3', undefined],
    [undefined, 'TLSv1.3', undefined],
  ]);

  await keep();
  process.emit('SIGHUP');
  process.removeAllListeners('SIGHUP');
  await echo(`wss://127.0.0.1:${String((v4 as AddressInfo).port)}`);
  await server.close();
  rmSync(directory, { recursive: true });
  log.mockRestore();
});
