import { createServer } from 'node:http';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { concat, EngineBench, frameFor, RawClient } from '@nestwire/test-support';
import { Limit } from '../connection/limit.js';

describe('The bounds of an opening handshake', () => {
  let bench: EngineBench;
  beforeEach(() => {
    bench = new EngineBench();
  });
  afterEach(() => bench.dispose());

  it("are Node's for the length of request line and headers: 431", async () => {
    const { port } = await bench.serve();
    const client = await RawClient.connect(port);
    bench.defer(() => client.destroy());
    client.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect((await client.response()).status).toBe(431);
  });

  it('are none of ours where there is to be no limit', async () => {
    const { port } = await bench.serve({
      handshakeTimeoutMs: Infinity,
      maxMessageBytes: Infinity,
      maxFragments: Infinity,
      maxUnfinishedBytes: Infinity,
      closeTimeoutMs: Infinity,
      outboundHighWaterBytes: Infinity,
    });
    const client = await RawClient.open(port);
    bench.defer(() => client.destroy());
  });

  it('are warned about, once, where the owner of a shared server has set none', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    for (const times of [{}, { headersTimeout: 0, requestTimeout: 0 }, { headersTimeout: 0, requestTimeout: 0 }]) {
      bench.create({ server: createServer(times) });
    }
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('The limits of a message', () => {
  let bench: EngineBench;
  beforeEach(() => {
    bench = new EngineBench();
  });
  afterEach(() => bench.dispose());

  const long = new Uint8Array(101);
  const deflated = deflateRawSync(new Uint8Array(5000)).subarray(0, -1);
  it.each([
    ['its length', frameFor('server', { opcode: 2, payload: long }), Limit.MessageBytes, 1009],
    [
      'its length when inflated',
      frameFor('server', { opcode: 2, rsv: 4, payload: deflated }),
      Limit.MessageBytes,
      1009,
    ],
    [
      'its fragments',
      concat(
        frameFor('server', { opcode: 1, fin: false }),
        frameFor('server', { opcode: 0, fin: false }),
        frameFor('server', { opcode: 0, fin: false }),
      ),
      Limit.Fragments,
      1008,
    ],
  ])('are counted by name: %s', async (_, bytes, limit, closeCode) => {
    const { server, port } = await bench.serve({ maxMessageBytes: 100, maxFragments: 2, perMessageDeflate: true });
    const client = await bench.open(port, '/', 'Sec-WebSocket-Extensions: permessage-deflate');
    client.write(bytes);
    expect((await client.frame()).payload.readUInt16BE(0)).toBe(closeCode);
    const counted = Object.entries(server.limitsHit).filter(([, times]) => times > 0);
    expect(counted).toEqual([[limit, 1]]);
  });

  it('are none of what is only wrong', async () => {
    const { server, port } = await bench.serve();
    const client = await bench.open(port);
    client.write(frameFor('server', { opcode: 3 }));
    expect((await client.frame()).payload.readUInt16BE(0)).toBe(1002);
    expect(Object.values(server.limitsHit).every((times) => times === 0)).toBe(true);
  });
});
