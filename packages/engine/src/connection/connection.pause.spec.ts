import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, bytes, concat, EngineBench, MASKING_KEY, upgradeRequest, utf8 } from '@nestwire/test-support';
import { CloseCause, type WsConnection } from './ws-connection.js';

const frame = (opcode: number, payload: string | Uint8Array = '') =>
  buildFrame({ opcode, payload, maskingKey: MASKING_KEY });

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** A server that pauses at each message 'pause', and a way to know that it has had the time to read. */
async function pausing() {
  const served = await bench.serve(
    {},
    { onMessage: (connection, message) => void (message === 'pause' && connection.pause()) },
  );
  const client = await bench.open(served.port);
  const connection = await served.opened;
  const barrier = await bench.open((await bench.serve()).port);
  /** A round trip on another connection, begun after the bytes were written: whatever is readable has been read. */
  const settled = async () => {
    for (let i = 0; i < 3; i++) {
      barrier.write(frame(9));
      await barrier.frame();
    }
  };
  return { ...served, client, connection, settled };
}

describe('pause() and resume()', () => {
  it('hold up the rest of the chunk, and what comes behind it, and lose nothing', async () => {
    const { client, connection, log, settled } = await pausing();
    client.write(concat(frame(1, 'one'), frame(1, 'pause'), frame(1, 'two'), frame(9, 'ping'), frame(1, 'pause')));
    await log.atLeast(2);
    await client.writeOut(concat(frame(1, 'three'), frame(2, new Uint8Array(70_000)).subarray(0, 40_000)));
    await client.writeOut(concat(frame(2, new Uint8Array(70_000)).subarray(40_000), frame(1, 'four')));
    await settled();
    expect(log.entries.map((entry) => entry[1])).toEqual(['one', 'pause']);
    expect(client.rest).toHaveLength(0);

    connection.resume();
    await log.atLeast(5);
    await settled();
    expect(log.entries.slice(2).map(([kind, value]) => [kind, value])).toEqual([
      ['text', 'two'],
      ['ping', '70 69 6e 67'],
      ['text', 'pause'],
    ]);
    expect((await client.frame()).opcode).toBe(10);

    connection.resume();
    await log.atLeast(8);
    expect(log.entries.slice(5).map(([kind]) => kind)).toEqual(['text', 'binary', 'text']);
    expect(log.messages[4]).toBe('three');
    expect(Buffer.compare(log.messages[5] as Uint8Array, new Uint8Array(70_000))).toBe(0);
    expect(log.messages[6]).toBe('four');
  });

  it('hold up what comes between two chunks', async () => {
    const { client, connection, log, settled } = await pausing();
    connection.pause();
    await client.writeOut(frame(1, 'one'));
    await settled();
    expect(log.entries).toEqual([]);
    connection.resume();
    expect(await log.atLeast(1)).toEqual([['text', 'one']]);
  });

  it('hold up within a frame', async () => {
    const { client, connection, log, settled } = await pausing();
    const one = frame(1, 'one and the rest of it');
    await client.writeOut(one.subarray(0, 10));
    await settled();
    connection.pause();
    await client.writeOut(one.subarray(10));
    await settled();
    expect(log.entries).toEqual([]);
    connection.resume();
    expect(await log.atLeast(1)).toEqual([['text', 'one and the rest of it']]);
  });

  it('may come one after the other, within a message', async () => {
    const served = await bench.serve(
      {},
      {
        onMessage: (connection) => {
          connection.pause();
          connection.resume();
        },
      },
    );
    const client = await bench.open(served.port);
    client.write(concat(frame(1, 'one'), frame(1, 'two'), frame(1, 'three')));
    expect((await served.log.atLeast(3)).map((entry) => entry[1])).toEqual(['one', 'two', 'three']);
  });

  it('hold up what came with the handshake', async () => {
    const { log, opened, port } = await bench.serve({
      onConnection: (connection: WsConnection) => {
        connection.pause();
        return log;
      },
    });
    const client = await bench.connect(port);
    client.write(concat(utf8(upgradeRequest()), frame(1, 'one'), frame(1, 'two')));
    await client.response();
    client.write(frame(1, 'three'));
    const connection = await opened;
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.entries).toEqual([]);
    connection.resume();
    expect((await log.atLeast(3)).map((entry) => entry[1])).toEqual(['one', 'two', 'three']);
  });

  it('let a paused connection send', async () => {
    const { client, connection } = await pausing();
    connection.pause();
    connection.send('still talking');
    expect((await client.frame()).payload.toString()).toBe('still talking');
  });

  it('hold up the peer’s close, and its FIN, behind the messages', async () => {
    const { client, connection, log, settled } = await pausing();
    client.write(concat(frame(1, 'pause'), frame(1, 'one'), frame(8, bytes('03 e8'))));
    client.end();
    await log.atLeast(1);
    await settled();
    expect(log.entries).toHaveLength(1);
    connection.resume();
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true, cause: CloseCause.Peer });
    expect(log.entries.map(([kind]) => kind)).toEqual(['text', 'text', 'close']);
  });

  it('do not keep close() from seeing the peer’s answer', async () => {
    const { client, connection, log } = await pausing();
    connection.pause();
    connection.close();
    expect((await client.frame()).opcode).toBe(8);
    client.write(frame(8, bytes('03 e8')));
    client.end();
    expect(await log.closed()).toMatchObject({ wasClean: true, cause: CloseCause.Local });
  });

  it('do not keep the closing time from running out', async () => {
    const { client, connection, log } = await pausing();
    connection.close();
    await client.frame();
    connection.pause();
    bench.clock.advance(5100);
    expect(await log.closed()).toMatchObject({ cause: CloseCause.ClosingTimeout });
  });
});
