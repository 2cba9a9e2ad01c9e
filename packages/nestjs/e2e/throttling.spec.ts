import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { WebSocket } from 'ws';
import { AppProcess } from '../spec/app-process.js';
import { Peer } from '../spec/gateway-app.js';

/** @nestjs/throttler is CommonJS. Jest can't `require` Nest 12, which is ESM, as Node itself can: there it runs without Jest. */
const IS_NEST_12 = 'StandardSchemaValidationPipe' in common;

describe('@nestjs/throttler, as docs/limits.md shows it', () => {
  const child = new AppProcess('../examples/throttling.ts', 'bootstrap');
  const peers: Peer[] = [];
  let app: INestApplication | undefined;
  let host: string;

  beforeAll(async () => {
    process.env['PORT'] = '0';
    let port: number;
    if (IS_NEST_12) {
      port = await child.run();
    } else {
      common.Logger.overrideLogger(false);
      const { bootstrap } = await import('../examples/throttling.js');
      app = await bootstrap();
      ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
    }
    host = `127.0.0.1:${String(port)}`;
  }, 120_000);

  afterEach(() => {
    for (const { socket } of peers.splice(0)) socket.terminate();
  });
  afterAll(() => Promise.all([app?.close(), child.end()]));

  async function connect(name: string): Promise<Peer> {
    const peer = new Peer(new WebSocket(`ws://${host}/search?name=${name}`));
    peers.push(peer);
    return peer.open();
  }

  const search = { code: 1001, data: 'a b' };
  const found = (userId: string): object => ({ userId, code: 1001, data: ['a', 'b'] });

  it('answers what is too much with an error 429 that says when to try again, and the connection stays', async () => {
    const peer = await connect('ann');
    peer.send(search, search, { ...search, id: 3 }, { code: 1002, data: 'a' });
    const answers = await peer.take(4);
    expect([answers[0], answers[1], answers[3]]).toEqual([
      found('ann'),
      found('ann'),
      { userId: 'ann', code: 1002, data: 'a?' },
    ]);
    expect(answers[2]).toEqual({
      userId: 'ann',
      code: 1001,
      id: 3,
      error: { status: 429, message: 'ThrottlerException: Too Many Requests', details: expect.anything() },
    });
    const { retryAfter } = (answers[2] as { error: { details: { retryAfter: number } } }).error.details;
    expect(retryAfter).toBeGreaterThan(50_000);
    expect(retryAfter).toBeLessThanOrEqual(60_000);
  });

  it("counts a user's connections together, and each user apart", async () => {
    const [one, other, bob] = [await connect('eve'), await connect('eve'), await connect('bob')];
    one.send(search);
    expect(await one.take(1)).toEqual([found('eve')]);
    other.send(search, search);
    const [second, third] = await other.take(2);
    expect(second).toEqual(found('eve'));
    expect(third).toMatchObject({ error: { status: 429 } });
    bob.send(search);
    expect(await bob.take(1)).toEqual([found('bob')]);
  });

  it('stands beside what the adapter counts for each connection', async () => {
    const [one, other] = [await connect('kim'), await connect('kim')];
    const report = { code: 1003, id: 1 };
    const thanks = { userId: 'kim', code: 1003, id: 1, data: 'thank you' };
    for (const peer of [one, other]) {
      peer.send(report);
      expect(await peer.take(1)).toEqual([thanks]);
      peer.send(report);
      expect(await peer.take(1)).toEqual([thanks]);
      peer.send(report);
      expect(await peer.take(1)).toMatchObject([{ error: { status: 429, message: 'Too many messages' } }]);
    }
  });

  it('leaves what is marked with @SkipThrottle() alone', async () => {
    const peer = await connect('max');
    peer.send(...Array.from({ length: 20 }, () => ({ code: 1002, data: 'a' })));
    expect(await peer.take(20)).toEqual(Array.from({ length: 20 }, () => ({ userId: 'max', code: 1002, data: 'a?' })));
  });

  it('is the same guard over HTTP, with the headers that it has there', async () => {
    const ask = (): Promise<Response> => fetch(`http://${host}/search`);
    expect((await ask()).headers.get('x-ratelimit-remaining')).toBe('1');
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  });
});
