import { describe, expect, it } from '@jest/globals';
import { GatewayApp } from '../spec/gateway-app.js';
import { SeatsGateway } from './seats.gateway.js';

describe('The gateway with a schema', () => {
  it('takes what fits, and says where something does not', async () => {
    const app = await GatewayApp.start({ providers: [SeatsGateway] });
    const peer = await app.connect();
    peer.send(
      { userId: 1, code: 3001, data: { row: 'F', number: 12 }, id: 1 },
      { userId: 1, code: 3001, data: { row: 'F', number: 0 }, id: 2 },
    );
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: 'F12' },
      { id: 2, error: { status: 422, details: [{ path: 'number' }] } },
    ]);
    await app.stop();
  });
});
