import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, bytes, concat, EngineBench, hex, MASKING_KEY, utf8 } from '@nestwire/test-support';
import { CloseCause, type WsConnection } from './ws-connection.js';

const CLOSE_TIMEOUT_MS = 5000;
const TICK_MS = 100;

const frame = (opcode: number, payload: string | Uint8Array = '', fin = true) =>
  buildFrame({ opcode, payload, fin, maskingKey: MASKING_KEY });
const closeFrame = (code: string, reason = '') => frame(8, concat(bytes(code), utf8(reason)));

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** A server, a client behind its handshake, and the server's end of it. */
async function connected(options: Parameters<EngineBench['serve']>[0] = {}, onMessage?: (c: WsConnection) => void) {
  const served = await bench.serve(options, onMessage === undefined ? {} : { onMessage });
  const client = await bench.open(served.port);
  return { ...served, client, connection: await served.opened };
}

describe('Closing handshake (RFC 6455 §7.1.2)', () => {
  describe('begun by the peer', () => {
    it.each([
      ['no body', '', '', 1005, ''],
      ['a code', '03 e8', '', 1000, ''],
      ['a code and a reason', '0f a0', 'schluß', 4000, 'schluß'],
    ])(
      'with %s: the code is echoed, TCP ends, and it was clean',
      async (_what, code, reason, closeCode, closeReason) => {
        const { client, connection, log } = await connected();
        client.write(closeFrame(code, reason));
        expect(hex((await client.frame()).payload)).toBe(code);
        expect(await client.ended()).toBe('fin');
        client.end();
        expect(await log.closed()).toEqual({
          closeCode,
          closeReason,
          wasClean: true,
          cause: CloseCause.Peer,
          violation: undefined,
        });
        expect(connection.readyState).toBe(3);
      },
    );

    it('ends TCP from the server first (§7.1.1)', async () => {
      const { client, connection, log } = await connected();
      client.write(closeFrame('03 e8'));
      await client.frame();
      expect(await client.ended()).toBe('fin');
      expect(connection.readyState).toBe(2);
      expect(log.entries).toEqual([]);
      client.end();
      await log.closed();
    });

    it('tells of every message before it in the chunk, and of nothing behind it', async () => {
      const { client, log } = await connected({}, (connection) => connection.send('answer'));
      client.write(
        concat(frame(1, 'one'), frame(1, 'two'), closeFrame('03 e8'), frame(1, 'behind'), frame(9), bytes('ff')),
      );
      expect((await client.frame()).payload.toString()).toBe('answer');
      expect((await client.frame()).payload.toString()).toBe('answer');
      expect((await client.frame()).opcode).toBe(8);
      expect(await client.ended()).toBe('fin');
      expect(client.rest).toHaveLength(0);
      client.end();
      await log.closed();
      expect(log.entries.map(([kind]) => kind)).toEqual(['text', 'text', 'close']);
    });

    it('is over when the peer does not end TCP in time', async () => {
      const { client, log } = await connected();
      client.write(closeFrame('03 e8'));
      await client.frame();
      await client.ended();
      bench.clock.advance(CLOSE_TIMEOUT_MS + TICK_MS);
      expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true, cause: CloseCause.Peer });
    });
  });

  describe('begun by us', () => {
    it('waits for the peer’s close frame, then ends TCP, and it was clean', async () => {
      const { client, connection, log } = await connected();
      connection.close(1001, 'restart');
      expect(connection.readyState).toBe(2);
      const sent = await client.frame();
      expect(sent.opcode).toBe(8);
      expect(hex(sent.payload)).toBe(hex(concat(bytes('03 e9'), utf8('restart'))));
      client.write(closeFrame('03 e9'));
      expect(await client.ended()).toBe('fin');
      expect(client.rest).toHaveLength(0);
      client.end();
      expect(await log.closed()).toEqual({
        closeCode: 1001,
        closeReason: '',
        wasClean: true,
        cause: CloseCause.Local,
        violation: undefined,
      });
      expect(connection.readyState).toBe(3);
    });

    it('says 1000 where nothing else is said', async () => {
      const { client, connection } = await connected();
      connection.close();
      expect(hex((await client.frame()).payload)).toBe('03 e8');
    });

    it('sends before it what was sent before it, and nothing behind', async () => {
      const { client, connection } = await connected();
      connection.send('before');
      connection.close();
      connection.send('behind');
      connection.close(1001);
      connection.ping();
      client.write(closeFrame('03 e8'));
      expect((await client.frame()).payload.toString()).toBe('before');
      expect(hex((await client.frame()).payload)).toBe('03 e8');
      expect(await client.ended()).toBe('fin');
      expect(client.rest).toHaveLength(0);
    });

    it('drops the peer that does not answer in time, and no sooner', async () => {
      const { client, connection, log } = await connected();
      connection.close(1001);
      await client.frame();
      bench.clock.advance(CLOSE_TIMEOUT_MS - 1);
      expect(connection.readyState).toBe(2);
      bench.clock.advance(1 + TICK_MS);
      await client.ended();
      expect(await log.closed()).toEqual({
        closeCode: 1006,
        closeReason: '',
        wasClean: false,
        cause: CloseCause.ClosingTimeout,
        violation: undefined,
      });
    });

    it.each([0, 250, 60_000])('keeps to a time of %i ms', async (closeTimeoutMs) => {
      const { client, connection, log } = await connected({ closeTimeoutMs });
      connection.close();
      await client.frame();
      bench.clock.advance(closeTimeoutMs + TICK_MS);
      expect(await log.closed()).toMatchObject({ cause: CloseCause.ClosingTimeout });
    });

    it('waits for ever where the time is Infinity', async () => {
      const { client, connection, log } = await connected({ closeTimeoutMs: Infinity });
      connection.close();
      await client.frame();
      bench.clock.advance(24 * 3600 * 1000);
      client.write(closeFrame('03 e8'));
      await client.ended();
      client.end();
      expect(await log.closed()).toMatchObject({ wasClean: true, cause: CloseCause.Local });
    });

    it('is no longer for a peer that takes its time at each step', async () => {
      const { client, connection, log } = await connected();
      connection.close(1001);
      await client.frame();
      bench.clock.advance(CLOSE_TIMEOUT_MS - 1000);
      client.write(closeFrame('03 e9'));
      await client.ended();
      bench.clock.advance(1000 + TICK_MS);
      expect(await log.closed()).toMatchObject({ closeCode: 1001, wasClean: true, cause: CloseCause.Local });
    });

    it('is not answered by a FIN', async () => {
      const { client, connection, log } = await connected();
      connection.close(1001);
      await client.frame();
      client.end();
      expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.Local });
    });

    it('can be begun from within a message', async () => {
      const { client, log } = await connected({}, (connection) => {
        connection.send('answer');
        connection.close(4001, 'enough');
      });
      client.write(frame(1, 'message'));
      expect((await client.frame()).payload.toString()).toBe('answer');
      expect(hex((await client.frame()).payload)).toBe(hex(concat(bytes('0f a1'), utf8('enough'))));
      client.write(closeFrame('0f a1'));
      client.end();
      expect(await log.closed()).toMatchObject({ wasClean: true, cause: CloseCause.Local });
    });
  });

  describe('begun by both at once', () => {
    it('is one close frame from each, and clean', async () => {
      const { client, connection, log } = await connected();
      connection.close(1001, 'ours');
      client.write(closeFrame('03 e8', 'theirs'));
      expect(hex((await client.frame()).payload).slice(0, 5)).toBe('03 e9');
      expect(await client.ended()).toBe('fin');
      expect(client.rest).toHaveLength(0);
      client.end();
      expect(await log.closed()).toMatchObject({
        closeCode: 1000,
        closeReason: 'theirs',
        wasClean: true,
        cause: CloseCause.Local,
      });
    });

    it('also when the peer’s is in the chunk in which ours is sent', async () => {
      const { client, log } = await connected({}, (connection) => connection.close(1001));
      client.write(concat(frame(1, 'message'), closeFrame('03 e8')));
      expect(hex((await client.frame()).payload)).toBe('03 e9');
      expect(await client.ended()).toBe('fin');
      expect(client.rest).toHaveLength(0);
      client.end();
      expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true, cause: CloseCause.Local });
    });
  });

  it('can be begun in onConnection', async () => {
    const served = await bench.serve({
      onConnection: (connection) => {
        connection.close(1013, 'full');
        return served.log;
      },
    });
    const client = await bench.open(served.port);
    expect(hex((await client.frame()).payload).slice(0, 5)).toBe('03 f5');
    client.write(closeFrame('03 f5'));
    client.end();
    expect(await served.log.closed()).toMatchObject({ closeCode: 1013, wasClean: true, cause: CloseCause.Local });
  });
});

describe('A peer that ends TCP and says nothing', () => {
  it('gets what was on its way to it all the same, and a FIN, be it late in reading', async () => {
    const { client, connection, log } = await connected();
    client.socket.pause();
    const before = client.socket.bytesRead;
    // One write, more than the buffers of two sockets take.
    connection.send(Buffer.alloc(24 * 1024 * 1024));
    client.end();
    while (connection.readyState === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(connection.bufferedAmount).toBeGreaterThan(0);
    client.socket.removeAllListeners('data').resume();
    expect(await client.ended()).toBe('fin');
    expect(client.socket.bytesRead - before).toBe(24 * 1024 * 1024 + 10);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, cause: CloseCause.TransportEnded });
  });

  it('gets a FIN where nothing was', async () => {
    const { client, log } = await connected();
    client.end();
    expect(await client.ended()).toBe('fin');
    expect(await log.closed()).toMatchObject({ closeCode: 1006, cause: CloseCause.TransportEnded });
  });
});

describe('close() misused (RFC 6455 §7.4)', () => {
  it.each([0, 999, 1004, 1005, 1006, 1010, 1015, 2999, 5000, 1000.5, NaN])(
    'throws for the code %d, sends nothing, and stays open',
    async (code) => {
      const { client, connection } = await connected();
      expect(() => connection.close(code)).toThrow(RangeError);
      expect(connection.readyState).toBe(1);
      connection.send('still here');
      expect((await client.frame()).payload.toString()).toBe('still here');
    },
  );

  it('throws for a reason over 123 bytes, sends nothing, and stays open', async () => {
    const { client, connection } = await connected();
    expect(() => connection.close(1000, 'r'.repeat(124))).toThrow(RangeError);
    expect(() => connection.close(1000, 'é'.repeat(62))).toThrow(RangeError);
    connection.send('still here');
    expect((await client.frame()).opcode).toBe(1);
  });

  it('throws once closing, too', async () => {
    const { connection } = await connected();
    connection.close();
    expect(() => connection.close(1005)).toThrow(RangeError);
  });

  it.each([1000, 1003, 1007, 1011, 1014, 3000, 4999])('is none for the code %i', async (code) => {
    const { client, connection } = await connected();
    connection.close(code);
    expect((await client.frame()).payload.readUInt16BE()).toBe(code);
  });
});
