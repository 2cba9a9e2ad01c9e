import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort, upgradeRequest } from '@nestwire/test-support';
import {
  closeOf,
  describeBehindNginx,
  describeBehindNginxStream,
  echo,
  from,
  NginxBench,
  requestOf,
  tellRequest,
} from './nginx-bench.js';

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

/** nginx behind a balancer, which is this spec itself. */
async function behindBalancer(believed: string) {
  const { port, opened, server } = await bench.node({}, echo);
  const balanced = await freePort();
  const nginx = await bench.nginx('proxy-protocol', {
    '127.0.0.1:9002': `127.0.0.1:${String(port)}`,
    'listen 8443': `listen 127.0.0.1:${String(balanced)}`,
    'set_real_ip_from 10.0.0.0/24': `set_real_ip_from ${believed}`,
  });
  return { nginx, balanced, opened, server };
}

/** Says who the client is, then speaks TLS and opens a WebSocket; answers the status, or how it was cut off. */
async function handshake(port: number, header: string, ...lines: string[]): Promise<string> {
  const raw = connect(port, '127.0.0.1');
  bench.defer(() => raw.destroy());
  raw.write(header);
  const socket = tlsConnect({ socket: raw, ca: bench.ca, servername: 'localhost' });
  socket.write(upgradeRequest('/', ...lines));
  return new Promise((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.toString('latin1').slice(0, 12)));
    socket.once('error', () => resolve('cut off'));
    socket.once('close', () => resolve('cut off'));
  });
}

describeBehindNginx('Behind a balancer that speaks the PROXY protocol (docs/nginx/sites/proxy-protocol.conf)', () => {
  it.each([
    ['IPv4', 'PROXY TCP4 203.0.113.7 198.51.100.1 40000 443\r\n', '203.0.113.7'],
    ['IPv6', 'PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n', '2001:db8::7'],
  ])('the server knows the client behind both: %s', async (_, header, remoteAddress) => {
    const { balanced, opened } = await behindBalancer('127.0.0.1');
    const forged = ['X-Forwarded-For: 192.0.2.66', 'X-Forwarded-Proto: http'];
    expect(await handshake(balanced, header, ...forged)).toBe('HTTP/1.1 101');
    expect((await opened).request).toMatchObject({ remoteAddress, peerAddress: '127.0.0.1', secure: true });
  });

  it('is not believed unless it is listed', async () => {
    const { balanced, opened } = await behindBalancer('10.0.0.0/24');
    expect(await handshake(balanced, 'PROXY TCP4 203.0.113.7 198.51.100.1 40000 443\r\n')).toBe('HTTP/1.1 101');
    expect((await opened).request.remoteAddress).toBe('127.0.0.1');
  });

  it('is heard on its own port only, and has to speak there', async () => {
    const { balanced, nginx, server } = await behindBalancer('127.0.0.1');
    expect(await handshake(balanced, '')).toBe('cut off');
    expect(await handshake(nginx.port, 'PROXY TCP4 203.0.113.7 198.51.100.1 40000 443\r\n')).toBe('cut off');
    expect(server.connections.size).toBe(0);
  });
});

describeBehindNginxStream('TLS that nginx passes on (docs/nginx/tls-passthrough.conf)', () => {
  async function passedOn(listed: string) {
    const tls = await bench.certificate();
    const served = await bench.node(
      { trustedProxies: { addresses: [] }, tls, proxyProtocol: { from: [listed] } },
      tellRequest,
    );
    const nginx = await bench.nginx('tls-passthrough', { '127.0.0.1:9443': `127.0.0.1:${String(served.port)}` });
    return { ...served, nginx };
  }

  it("ends in the node, which knows the client's address by the PROXY protocol", async () => {
    const { nginx, opened } = await passedOn('127.0.0.1');
    const authority = `localhost:${String(nginx.port)}`;
    const headers = { 'X-Forwarded-For': '203.0.113.66' };
    const socket = await bench.ws(nginx, '/', { ...from('127.0.0.2'), headers, origin: `https://${authority}` });
    expect(await requestOf(socket)).toMatchObject({
      remoteAddress: '127.0.0.2',
      secure: true,
      host: authority,
    });
    const closed = closeOf(socket);
    (await opened).close(4408, 'silent');
    expect(await closed).toEqual([4408, 'silent']);
  });

  it('not at a node that does not list nginx', async () => {
    const { nginx, server } = await passedOn('10.0.0.2');
    const socket = bench.wsUnopened(nginx, '/');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error).toBeDefined();
    expect(server.connections.size).toBe(0);
  });
});
