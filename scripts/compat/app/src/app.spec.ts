import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { NestwireAdapter } from '@nestwire/nestjs';
import { WebSocket } from 'ws';
import { AppModule } from './app.module.js';

/** As a user tests a gateway, in the Jest that `nest new` sets up. */
describe('HelloGateway', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new NestwireAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = `ws://127.0.0.1:${(app.getHttpServer() as { address(): AddressInfo }).address().port}`;
  });

  afterAll(() => app.close());

  it('says hello', async () => {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    socket.send('{"userId":10001,"code":1001,"data":{}}');
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(message.toString())).toEqual({
      userId: 10001,
      code: 1001,
      data: { hello: 10001, clients: 1 },
    });
    socket.close();
    await once(socket, 'close');
  });
});
