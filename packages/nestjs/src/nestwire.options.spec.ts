import { Socket } from 'node:net';
import { WebSocketGateway } from '@nestjs/websockets';
import { afterEach, expect, it, jest } from '@jest/globals';
import { GatewayApp } from '../spec/gateway-app.js';
import { engineOptions } from './nestwire.options.js';

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

it("The engine's own are checked by it", async () => {
  await expect(GatewayApp.start({ providers: [EmptyGateway] }, { keepAliveMs: -1 })).rejects.toThrow(RangeError);
});

it('What was not given is left to the engine', () => {
  expect(engineOptions({ maxMessageBytes: 1, hosts: ['a'], allowNoOrigin: false })).toEqual({
    hosts: ['a'],
    allowNoOrigin: false,
  });
});
