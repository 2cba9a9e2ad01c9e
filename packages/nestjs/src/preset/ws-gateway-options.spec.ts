import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { GatewayApp } from '../../spec/gateway-app.js';
import type { PathOptions } from '../gateway.options.js';
import { translateWsOptions } from './ws-gateway-options.js';

class Gateway {}

const translate = (options: object): PathOptions => translateWsOptions(Gateway, options);

describe('What a gateway gives to ws', () => {
  it.each([
    [{ maxPayload: 10 }, { maxMessageBytes: 10 }],
    [{ maxPayload: 0 }, { maxMessageBytes: Infinity }],
    [{ maxPayload: 10, maxMessageBytes: 5 }, { maxMessageBytes: 5 }],
    [{ closeTimeout: 7 }, { closeTimeoutMs: 7 }],
    [{ perMessageDeflate: true }, { perMessageDeflate: true }],
    [{ perMessageDeflate: { level: 1 } }, { perMessageDeflate: { level: 1 } }],
    [
      {
        perMessageDeflate: {
          threshold: 512,
          serverNoContextTakeover: true,
          serverMaxWindowBits: 10,
          clientMaxWindowBits: 11,
          zlibDeflateOptions: { level: 2, memLevel: 7 },
        },
      },
      {
        perMessageDeflate: {
          contextTakeover: false,
          peerContextTakeover: true,
          thresholdBytes: 512,
          windowBits: 10,
          peerWindowBits: 11,
          level: 2,
          memLevel: 7,
        },
      },
    ],
  ])('is put into our words: %j', (options, expected) => {
    expect(translate(options)).toMatchObject(expected);
  });

  it.each(['verifyClient', 'handleProtocols', 'server', 'noServer', 'namespace', 'WebSocket', 'host'])(
    'is refused where it would be missed: %s',
    (name) => {
      expect(() => translate({ [name]: () => false })).toThrow(Error);
    },
  );

  it('reaches the connection', async () => {
    @WebSocketGateway({ maxPayload: 10 })
    class SmallGateway {}
    const app = await GatewayApp.start({ providers: [SmallGateway] }, { preset: 'platform-ws' });
    const peer = await app.connect();
    peer.send('x'.repeat(11));
    expect((await peer.closed).code).toBe(1009);
    await app.stop();
  });

  it('is looked at by the adapter', async () => {
    @WebSocketGateway({ verifyClient: () => false })
    class VerifyingGateway {}
    const starting = GatewayApp.start({ providers: [VerifyingGateway] }, { preset: 'platform-ws' });
    await expect(starting).rejects.toThrow(/VerifyingGateway.*verifyClient/);
  });
});
