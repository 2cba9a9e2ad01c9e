import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';

describe('The close codes of the README', () => {
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./close-codes.js'));
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterAll(() => app.close());

  it.each([
    ['closed', 4000, 'the room has closed'],
    ['busy', 1013, '{"retryAfter":1500,"message":"quota"}'],
    ['private', 4403, 'not your room'],
  ])('%s: %d', async (room, code, reason) => {
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(client, 'open');
    client.send(JSON.stringify({ userId: 1, code: 1001, data: room }));
    expect((await once(client, 'close')).map(String)).toEqual([String(code), reason]);
  });

  it('full: an error', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(client, 'open');
    client.send(JSON.stringify({ userId: 1, code: 1001, data: 'full' }));
    const [answer] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({ userId: 1, code: 1001, error: { status: 402, message: 'pay' } });
    client.close();
  });

  it('banned: 4403, from handleConnection', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}/?banned`);
    expect((await once(client, 'close')).map(String)).toEqual(['4403', 'banned']);
  });
});
