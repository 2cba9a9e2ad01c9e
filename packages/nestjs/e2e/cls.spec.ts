import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { WebSocket } from 'ws';
import { AppProcess } from '../spec/app-process.js';
import { Peer } from '../spec/gateway-app.js';

/** nestjs-cls is CommonJS. Jest can't `require` Nest 12, which is ESM, as Node itself can: there it runs without Jest. */
const IS_NEST_12 = 'StandardSchemaValidationPipe' in common;

describe('An AsyncLocalStorage (nestjs-cls)', () => {
  const child = new AppProcess('./cls-app.ts', 'startClsApp');
  const peers: Peer[] = [];
  let app: INestApplication | undefined;
  let port: number;

  beforeAll(async () => {
    if (IS_NEST_12) {
      port = await child.run();
    } else {
      const { startClsApp } = await import('../spec/cls-app.js');
      app = await startClsApp();
      ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
    }
  }, 120_000);

  afterAll(async () => {
    for (const { socket } of peers) socket.terminate();
    await Promise.all([app?.close(), child.end()]);
  });

  async function connect(): Promise<Peer> {
    const peer = new Peer(new WebSocket(`ws://127.0.0.1:${String(port)}/`));
    peers.push(peer);
    return peer.open();
  }

  it.each([
    ['set up by a guard', 1],
    ['set up by a guard, with @Concurrency(8)', 2],
    ['set up by an interceptor', 11],
    ['set up by an interceptor, with @Concurrency(8)', 12],
  ])('%s holds for each message of its own, from guard to handler', async (_, code) => {
    const peer = await connect();
    const users = Array.from({ length: 50 }, (_, i) => i);
    peer.send(...users.map((userId) => ({ userId, code, data: 'ok' })));
    expect(await peer.take(50)).toEqual(users.map((userId) => ({ userId, code, data: userId })));
  });

  it.each([1, 2])('holds in filters: code %d', async (code) => {
    const peer = await connect();
    const users = Array.from({ length: 20 }, (_, i) => i);
    peer.send(...users.map((userId) => ({ userId, code, data: 'fail' })));
    expect(await peer.take(20)).toEqual(
      users.map((userId) => ({ userId, code, error: { status: 418, message: String(userId) } })),
    );
  });

  it('holds in a stream, also in one that waits for its turn', async () => {
    const peer = await connect();
    const users = [1, 2, 3, 4];
    peer.send({ userId: 0, code: 2, data: 'ok' }, ...users.map((userId) => ({ userId, code: 3 })));
    const values = (await peer.take(9)) as { userId: number; data: unknown }[];
    expect(values[0]).toEqual({ userId: 0, code: 2, data: 0 });
    for (const { userId, data } of values) expect(data).toBe(userId);
  });

  it.each([1, 11])('is not left behind for the next message by code %d', async (code) => {
    const peer = await connect();
    for (let i = 0; i < 10; i++) peer.send({ userId: 1, code, data: 'ok' }, { userId: 2, code: 20 });
    const replies = (await peer.take(20)) as { code: number; data: unknown }[];
    for (const { data } of replies.filter((reply) => reply.code === 20)) expect(data).toEqual({ isActive: false });
  });
});
