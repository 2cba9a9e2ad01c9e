import type { Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CloseCause } from '@nestwire/engine';
import { buildFrame, concat, EngineBench, MASKING_KEY, upgradeRequest, utf8 } from '@nestwire/test-support';

const REQUEST = utf8(upgradeRequest());
const masked = { maskingKey: MASKING_KEY };

/** A short message, a fragmented one that waits for its end, and a longer length form. */
const FRAMES = concat(
  buildFrame({ opcode: 1, payload: 'Hello', ...masked }),
  buildFrame({ opcode: 2, fin: false, payload: new Uint8Array(10), ...masked }),
  buildFrame({ opcode: 0, payload: new Uint8Array(130), ...masked }).subarray(0, 40),
);

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** All sockets of a server, upgraded ones included. */
function socketsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

describe.each(['reset', 'end'] as const)('A peer that goes by a %s', (going) => {
  it('in the middle of its handshake, at any byte, leaves nothing', async () => {
    const http = await bench.http(() => undefined);
    const { server } = bench.create({ server: http.server });
    for (let length = 0; length < REQUEST.length; length++) {
      const client = await bench.connect(http.port);
      await client.writeOut(REQUEST.subarray(0, length));
      client[going]();
      await client.ended();
      client.destroy();
    }
    while ((await socketsOf(http.server)) > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections.size).toBe(0);
    expect(bench.clock.scheduled).toBe(0);
  });

  it('in the middle of a frame, at any byte, ends its connection once, and leaves nothing', async () => {
    const http = await bench.http(() => undefined);
    const { server, log } = bench.create({ server: http.server });
    // A reset that comes right behind bytes reaches Node as an end.
    const causes: readonly (string | undefined)[] =
      going === 'reset' ? [CloseCause.TransportError, CloseCause.TransportEnded] : [CloseCause.TransportEnded];
    for (let length = 0; length <= FRAMES.length; length++) {
      const client = await bench.open(http.port);
      await client.writeOut(FRAMES.subarray(0, length));
      client[going]();
      const facts = await log.closed();
      expect(facts).toMatchObject({ closeCode: 1006, wasClean: false });
      expect(causes).toContain(facts.cause);
      expect(log.entries.filter(([kind]) => kind === 'close')).toHaveLength(1);
      log.entries.length = 0;
    }
    while ((await socketsOf(http.server)) > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections.size).toBe(0);
    expect(bench.clock.scheduled).toBe(0);
  });
});
