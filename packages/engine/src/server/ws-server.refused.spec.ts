import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, RawClient, upgradeRequest } from '@nestwire/test-support';
import type { HandshakeDecision } from './handshake-decision.js';
import type { RefusedHandshake } from './refused-handshake.js';
import { WsServer } from './ws-server.js';
import type { WsServerOptions } from './ws-server-options.js';

let bench: EngineBench;
let refused: RefusedHandshake[];
beforeEach(() => {
  bench = new EngineBench();
  refused = [];
});
afterEach(() => bench.dispose());

const onRefused = (handshake: RefusedHandshake): void => void refused.push(handshake);

async function ask(options: Partial<WsServerOptions>, request = upgradeRequest('/')): Promise<number> {
  const { port } = await bench.serve({ onRefused, ...options });
  const client = await bench.connect(port);
  client.write(request);
  return (await client.response()).status;
}

describe('onRefused is told of', () => {
  it('nothing, where a connection was opened', async () => {
    expect(await ask({})).toBe(101);
    expect(refused).toEqual([]);
  });

  it('a request that is no handshake', async () => {
    expect(await ask({}, upgradeRequest('/').replace('Version: 13', 'Version: 12'))).toBe(426);
    expect(refused).toEqual([{ how: 'response', code: 426, served: true }]);
  });

  it('an origin that is not admitted', async () => {
    expect(await ask({}, upgradeRequest('/', 'Origin: https://elsewhere.example'))).toBe(403);
    expect(refused).toEqual([{ how: 'response', code: 403, served: true }]);
  });

  it.each([
    ['at once', (decision: HandshakeDecision) => decision],
    ['later', (decision: HandshakeDecision) => Promise.resolve(decision)],
  ])('what onHandshake refuses %s', async (_when, made) => {
    expect(await ask({ onHandshake: () => made({ kind: 'refuse', status: 401, reason: 'who' }) })).toBe(401);
    expect(refused).toEqual([{ how: 'response', code: 401, served: true }]);
  });

  it('what is closed at once', async () => {
    expect(await ask({ onHandshake: () => ({ kind: 'close', closeCode: 4401 }) })).toBe(101);
    expect(refused).toEqual([{ how: 'close', code: 4401, served: true }]);
  });

  it('a hook that fails, and one that takes too long', async () => {
    const fails = (): never => {
      throw new Error('broken');
    };
    expect(await ask({ onHandshake: fails, onHandshakeError: () => undefined })).toBe(500);
    expect(refused).toEqual([{ how: 'response', code: 500, served: true }]);
    let asked: () => void = () => undefined;
    const pending = new Promise<void>((resolve) => (asked = resolve));
    const answer = ask({
      onHandshake: () => {
        asked();
        return new Promise(() => undefined);
      },
    });
    await pending;
    await new Promise((resolve) => setImmediate(resolve));
    bench.clock.advance(11_000);
    expect(await answer).toBe(503);
    expect(refused.slice(1)).toEqual([{ how: 'response', code: 503, served: true }]);
  });

  it('a client that has gone while its decision was pending', async () => {
    let asked: () => void = () => undefined;
    const pending = new Promise<void>((resolve) => (asked = resolve));
    const gone = new Promise<RefusedHandshake>((resolve) => {
      void bench
        .serve({
          onRefused: resolve,
          onHandshake: () => {
            asked();
            return new Promise(() => undefined);
          },
        })
        .then(async ({ port }) => {
          const client = await bench.connect(port);
          client.write(upgradeRequest('/'));
          await pending;
          client.destroy();
        });
    });
    expect(await gone).toEqual({ how: 'abandoned', code: 0, served: true });
  });

  it('a path of nobody’s, which is not its own', async () => {
    expect(await ask({ path: '/here' }, upgradeRequest('/there'))).toBe(404);
    expect(refused).toEqual([{ how: 'response', code: 404, served: false }]);
    const closes = (): HandshakeDecision => ({ kind: 'close', closeCode: 4404 });
    expect(await ask({ path: '/here', onUnservedPath: closes }, upgradeRequest('/there'))).toBe(101);
    expect(refused.slice(1)).toEqual([{ how: 'close', code: 4404, served: false }]);
  });

  it('whoever comes while it closes', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    const server = new WsServer({ server: http, onRefused, onConnection: () => ({ onMessage: () => undefined }) });
    const stays = await RawClient.open(port);
    const closing = server.close();
    const late = await RawClient.connect(port);
    late.write(upgradeRequest('/'));
    expect((await late.response()).status).toBe(503);
    expect(refused).toEqual([{ how: 'response', code: 503, served: true }]);
    stays.destroy();
    late.destroy();
    await closing;
    http.close();
  });
});
