import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EngineBench, RawClient } from '@nestwire/test-support';

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
