import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { type ClientOptions, WebSocket } from 'ws';

describe('The rooms of the README', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./authentication.js'));
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    url = `ws://127.0.0.1:${String(port)}`;
  });

  afterAll(() => app.close());

  async function open(path: string, protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
    const client = new WebSocket(url + path, protocols, options);
    await once(client, 'open');
    return client;
  }

  async function ask(client: WebSocket, message: object): Promise<unknown> {
    client.send(JSON.stringify(message));
    const [answer] = (await once(client, 'message')) as [Buffer];
    return JSON.parse(answer.toString());
  }

  const authorization = (token: string): ClientOptions => ({ headers: { Authorization: `Bearer ${token}` } });
  const ANSWER = { userId: 10001, code: 1001, data: 'Ann is in lobby' };

  it.each<[string, string[], ClientOptions]>([
    ['a header', [], authorization('ann-s-token')],
    ['a subprotocol entry', ['nestwire.v1.json', 'bearer.ann-s-token'], {}],
  ])('know who has a token in %s', async (_where, protocols, options) => {
    const client = await open('/rooms/lobby', protocols, options);
    expect(client.protocol).toBe(protocols[0] ?? '');
    expect(await ask(client, { code: 1001 })).toEqual(ANSWER);
    expect(await ask(client, { userId: 10002, code: 1001 })).toMatchObject({ error: { status: 403 } });
    client.close();
  });

  it('let others log in by a message, and do nothing else before', async () => {
    const client = await open('/rooms/lobby');
    expect(await ask(client, { code: 1001 })).toMatchObject({ error: { status: 401 } });
    expect(await ask(client, { code: 1, data: { token: 'wrong' } })).toMatchObject({ error: { status: 401 } });
    expect(await ask(client, { code: 1, data: { token: 'ann-s-token' } })).toMatchObject({ data: 'welcome Ann' });
    expect(await ask(client, { code: 1001 })).toEqual(ANSWER);
    client.close();
  });

  it.each([
    ['a wrong token', '/rooms/lobby', 'wrong', 401, 4401],
    ['a room of others', '/rooms/attic', 'ann-s-token', 403, 4403],
    ['no such room', '/rooms/cellar', 'ann-s-token', 404, 4404],
    ['no such path', '/cellar', 'ann-s-token', 404, 4404],
  ])('refuse %s: by HTTP, and to a page by a code', async (_what, path, token, status, closeCode) => {
    const program = new WebSocket(url + path, authorization(token));
    const [, response] = (await once(program, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
    program.on('error', () => undefined).terminate();
    const page = await open(path, [], { ...authorization(token), origin: url.replace('ws:', 'http:') });
    const [code] = (await once(page, 'close')) as [number];
    expect(code).toBe(closeCode);
  });
});
