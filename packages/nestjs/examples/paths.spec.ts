import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { freePort } from '@nestwire/test-support';
import { WebSocket } from 'ws';

describe('The paths of the README', () => {
  let app: INestApplication;
  let port: number;
  let adminPort: number;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    adminPort = await freePort();
    Object.assign(process.env, { PORT: '0', ADMIN_PORT: String(adminPort) });
    ({ app } = await import('./paths.js'));
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterAll(() => app.close());

  it.each<[string, () => number, string, unknown]>([
    ['a wildcard', () => port, '/files/a/b%20c?version=2', { file: ['a', 'b c'], version: '2' }],
    ['a port of its own', () => adminPort, '/admin', 'behind a port of its own'],
  ])('lead to their gateways: %s', async (_what, at, path, data) => {
    const client = new WebSocket(`ws://127.0.0.1:${String(at())}${path}`);
    await once(client, 'open');
    client.send('{"userId":1,"code":1001}');
    const [answer] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({ userId: 1, code: 1001, data });
    client.close();
  });
});
