import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type WsConnection, WsServer } from '@nestwire/engine';
import { RawLink } from './raw-link.js';
import { Random } from '../random.js';

let http: Server;
afterEach(() => {
  http.close();
});

/** What the client and the server have of the end of a connection on which the server does something. */
async function ends(act: (connection: WsConnection) => void): Promise<unknown[]> {
  http = createServer();
  const atServer = new Promise<unknown>((resolve) => {
    new WsServer({
      server: http,
      onConnection: (connection) => {
        setImmediate(() => act(connection));
        return {
          onMessage: () => undefined,
          onClose: ({ closeCode, closeReason, wasClean }) => resolve({ closeCode, closeReason, wasClean }),
        };
      },
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const target = { port, path: '/', localAddress: '127.0.0.1', subprotocol: undefined };
  const atClient = new Promise<number>((onEnd, reject) => {
    RawLink.open(target, { onMessage: () => undefined, onEnd }, new Random(1)).catch(reject);
  });
  return Promise.all([atClient, atServer]);
}

describe('A close frame of the server’s', () => {
  it.each([
    ['with a reason', 4001, 'as asked'],
    ['without', 1000, ''],
  ])('%s is answered with its code', async (_, code, reason) => {
    expect(await ends((connection) => connection.close(code, reason))).toEqual([
      code,
      { closeCode: code, closeReason: '', wasClean: true },
    ]);
  });
});
