import { Socket } from 'node:net';
import { ServerLimits } from '@nestwire/engine';
import { WebSocketGateway } from '@nestjs/websockets';
import { afterEach, expect, it, jest } from '@jest/globals';
import { GatewayApp } from '../spec/gateway-app.js';
import { engineOptions, shareLimits } from './nestwire.options.js';

@WebSocketGateway()
class EmptyGateway {}

let app: GatewayApp | undefined;
afterEach(async () => {
  jest.restoreAllMocks();
  await app?.stop();
});

it("TCP's options reach the socket", async () => {
  const setKeepAlive = jest.spyOn(Socket.prototype, 'setKeepAlive');
  const setNoDelay = jest.spyOn(Socket.prototype, 'setNoDelay');
  app = await GatewayApp.start({ providers: [EmptyGateway] }, { keepAliveMs: 5000, noDelay: false });
  await app.connect();
  expect(setKeepAlive).toHaveBeenCalledWith(true, 5000);
  expect(setNoDelay).toHaveBeenCalledWith(false);
});

it.each([
  ['maxFragments', { maxFragments: 1 }, 1008],
  ['maxUnfinishedBytes', { maxUnfinishedBytes: 10 }, 1013],
])('%s reaches the engine', async (_, options, code) => {
  app = await GatewayApp.start({ providers: [EmptyGateway] }, options);
  const { socket, closed } = await app.connect();
  for (let i = 0; i < 2; i++) socket.send('x'.repeat(20), { fin: false });
  expect((await closed).code).toBe(code);
});

it.each([
  ['order', { order: 'none' as never }],
  ['preset', { preset: 'none' as never }],
])('%s is one of a few', async (_, options) => {
  await expect(GatewayApp.start({ providers: [EmptyGateway] }, options)).rejects.toThrow(RangeError);
});

it("The engine's own are checked by it", async () => {
  await expect(GatewayApp.start({ providers: [EmptyGateway] }, { keepAliveMs: -1 })).rejects.toThrow(RangeError);
});

it('What was not given is left to the engine', () => {
  expect(engineOptions({ maxMessageBytes: 1, hosts: ['a'], allowNoOrigin: false })).toEqual({
    hosts: ['a'],
    allowNoOrigin: false,
  });
});

it('The limits of connections are those of all paths together', async () => {
  @WebSocketGateway({ path: '/other' })
  class OtherGateway {}

  app = await GatewayApp.start({ providers: [EmptyGateway, OtherGateway] }, { maxConnections: 2 });
  await app.connect();
  await app.connect('/other');
  await expect(app.connect('/other')).rejects.toThrow('503');
  expect(() => shareLimits({ maxConnections: 2, limits: new ServerLimits() })).toThrow(TypeError);
});
