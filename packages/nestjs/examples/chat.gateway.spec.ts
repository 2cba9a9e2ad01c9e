import { expect, it } from '@jest/globals';
import { GatewayApp } from '../spec/gateway-app.js';
import { ChatGateway } from './chat.gateway.js';

it('The gateway with a contract keeps to it', async () => {
  const app = await GatewayApp.start({ providers: [ChatGateway] });
  const [ann, bob] = [await app.connect(), await app.connect()];
  ann.send(
    { userId: 1, code: 1001, data: { text: ' hello ' }, id: 1 },
    { userId: 1, code: 1001, data: { text: ' ', room: 5 }, id: 2 },
    { userId: 1, code: 1002, data: { last: 5 }, id: 3 },
  );
  expect(await ann.take(4)).toMatchObject([
    { code: 1001, id: 1, data: { heardBy: 1 } },
    { code: 1001, id: 2, error: { status: 422, details: [{ path: 'text' }, { path: 'room' }] } },
    { code: 1002, id: 3, data: 'hello' },
    { code: 1002, id: 3, done: true },
  ]);
  expect(await bob.take(1)).toEqual([{ code: 1003, data: { text: 'hello', room: 'lobby' } }]);
  await app.stop();
});
