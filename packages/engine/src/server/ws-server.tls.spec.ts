import { once } from 'node:events';
import { createServer, request } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, upgradeRequest } from '@nestwire/test-support';
import { WebSocket } from 'ws';
import { CloseCause, type WsConnection } from '../connection/ws-connection.js';

/** A pre-shared key instead of a certificate, which would have to be made, kept and renewed (RFC 4279). */
const KEY = Buffer.alloc(32, 7);
const SERVER: TlsOptions = { pskCallback: () => KEY, ciphers: 'PSK', maxVersion: 'TLSv1.2' };
const CLIENT: ConnectionOptions = {
  pskCallback: () => ({ psk: KEY, identity: 'spec' }),
  ciphers: 'PSK',
  maxVersion: 'TLSv1.2',
  checkServerIdentity: () => undefined,
};

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

async function served() {
  const https = createServer(SERVER, (incoming, response) => {
    incoming.resume().on('end', () => response.end(`${String(incoming.method)} ${String(incoming.url)}`));
  });
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  bench.defer(() => {
    https.closeAllConnections();
    return new Promise((resolve) => https.close(resolve));
  });
  const echo = {
    onMessage: (connection: WsConnection, message: string | Uint8Array) => void connection.send(message),
  };
  return { ...bench.create({ server: https }, echo), port: (https.address() as AddressInfo).port };
}

/** A TCP proxy, which keeps what the server has sent. */
async function tapped(port: number): Promise<{ port: number; sent: Buffer[] }> {
  const sent: Buffer[] = [];
  const proxy = createTcpServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    server.on('data', (chunk: Buffer) => void sent.push(chunk));
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  bench.defer(() => new Promise((resolve) => proxy.close(resolve)));
  return { port: (proxy.address() as AddressInfo).port, sent };
}

/** What kinds of TLS records there are, in order. RFC 5246 §6.2.1. */
function recordTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes.readUInt8(at));
  return types;
}

const ALERT = 21;

describe('On an HTTPS server (RFC 6455 §10.6)', () => {
  it('echoes small and large messages, and closes cleanly', async () => {
    const { port, log } = await served();
    const socket = new WebSocket(`wss://127.0.0.1:${String(port)}/`, { ...CLIENT, perMessageDeflate: false });
    bench.defer(() => socket.terminate());
    await once(socket, 'open');
    for (const message of ['Hello', 'x'.repeat(300_000), '']) {
      const answer = once(socket, 'message') as Promise<[Buffer]>;
      socket.send(message);
      expect((await answer)[0].toString()).toBe(message);
    }
    const closed = once(socket, 'close');
    socket.close(1000, 'done');
    await closed;
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true, cause: CloseCause.Peer });
  });

  it('keeps the bytes of a slow reader apart from those of others', async () => {
    const { port } = await served();
    const sockets = await Promise.all(
      [1, 2, 3, 4].map(async (i) => {
        const socket = new WebSocket(`wss://127.0.0.1:${String(port)}/${String(i)}`, CLIENT);
        bench.defer(() => socket.terminate());
        await once(socket, 'open');
        return socket;
      }),
    );
    const wrong: string[] = [];
    const all = sockets.map((socket, i) => {
      let left = 50;
      return new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          if (data.length !== 9000 || data.some((byte) => byte !== i)) wrong.push(`${String(i)}.${String(left)}`);
          if (--left === 0) resolve();
        });
      });
    });
    for (let round = 0; round < 50; round++) {
      sockets.forEach((socket, i) => {
        if ((round + i) % 3 === 0) socket.resume();
        else socket.pause();
        socket.send(Buffer.alloc(9000, i));
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const socket of sockets) socket.resume();
    await Promise.all(all);
    expect(wrong).toEqual([]);
  });

  it('ends TLS before TCP, so that the end is no truncation (RFC 5246 §7.2.1: close_notify)', async () => {
    const { port: direct, log, opened } = await served();
    const { port, sent } = await tapped(direct);
    const socket = connectTls({ ...CLIENT, port, host: '127.0.0.1' });
    bench.defer(() => socket.destroy());
    socket.resume().write(upgradeRequest());
    await opened;
    const ended = once(socket, 'close');
    socket.end();
    await ended;
    await log.closed();
    expect(recordTypes(Buffer.concat(sent)).at(-1)).toBe(ALERT);
  });

  it('leaves an upgrade to anything else to the application', async () => {
    const { port } = await served();
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '5' };
    const text = await new Promise<string>((resolve, reject) => {
      request(
        { ...CLIENT, host: '127.0.0.1', port, path: '/rest', method: 'POST', headers, agent: false },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve(body));
        },
      )
        .on('error', reject)
        .end('Hello');
    });
    expect(text).toBe('POST /rest');
  });
});
