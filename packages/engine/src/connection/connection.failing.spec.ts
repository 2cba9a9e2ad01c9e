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

describe('The end without a closing handshake (RFC 6455 §7.1.5)', () => {
  const abnormal = { closeCode: 1006, closeReason: '', wasClean: false, violation: undefined };

  it('terminate() drops the transport', async () => {
    const { client, connection, log } = await connected();
    connection.send('lost');
    connection.terminate();
    connection.terminate();
    await client.ended();
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.Terminated });
    connection.terminate();
    expect(connection.cause).toBe(CloseCause.Terminated);
  });

  it('terminate() from within a message is the last that is told but the end', async () => {
    const { client, log } = await connected({}, (connection) => connection.terminate());
    client.write(concat(frame(1, 'one'), frame(1, 'two'), frame(9)));
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.Terminated });
    expect(log.entries.map(([kind]) => kind)).toEqual(['text', 'close']);
  });

  it('terminate() while closing leaves the cause that came first', async () => {
    const { client, connection, log } = await connected();
    connection.close();
    await client.frame();
    connection.terminate();
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.Local });
  });

  it('a FIN of the peer ends ours behind what was sent', async () => {
    const { client, connection, log } = await connected();
    connection.send('on its way');
    client.end();
    expect((await client.frame()).payload.toString()).toBe('on its way');
    expect(await client.ended()).toBe('fin');
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.TransportEnded });
  });

  it('a FIN ends ours behind what was sent in the same turn, too', async () => {
    const { server, port, sockets } = await bench.http(() => {});
    const { opened } = bench.create({ server });
    const client = await bench.open(port);
    const connection = await opened;
    sockets[0]?.prependListener('end', () => connection.send('just in time'));
    client.end();
    expect((await client.frame()).payload.toString()).toBe('just in time');
    expect(await client.ended()).toBe('fin');
  });

  it('a FIN is the cause, also where a reset follows before all is sent', async () => {
    const { client, connection, log } = await connected();
    client.socket.pause();
    connection.send(new Uint8Array(16 * 1024 * 1024));
    client.end();
    while (connection.readyState === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(log.entries).toEqual([]);
    client.reset();
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.TransportEnded });
  });

  it('a FIN within a frame is such an end too', async () => {
    const { client, log } = await connected();
    client.write(frame(1, 'cut off').subarray(0, -2));
    client.end();
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.TransportEnded });
    expect(log.entries).toHaveLength(1);
  });

  it('a reset is an error of the transport', async () => {
    const { client, log } = await connected();
    client.reset();
    expect(await log.closed()).toEqual({ ...abnormal, cause: CloseCause.TransportError });
  });

  it('nothing is told behind the end, which is told once', async () => {
    const { client, connection, log } = await connected();
    client.write(concat(closeFrame('03 e8'), frame(1, 'behind')));
    await client.ended();
    client.end();
    await log.closed();
    connection.close();
    connection.terminate();
    bench.clock.advance(10 * CLOSE_TIMEOUT_MS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.entries.map(([kind]) => kind)).toEqual(['close']);
  });
});

describe('Failing the connection (RFC 6455 §7.1.7)', () => {
  const LIMITS = { maxMessageBytes: 1000, maxFragments: 2 };

  it.each([
    ['unmasked-frame', 1002, bytes('81 05 48 65 6c 6c 6f')],
    ['reserved-bits', 1002, buildFrame({ opcode: 1, rsv: 4, maskingKey: MASKING_KEY })],
    ['invalid-close-code', 1002, closeFrame('03 ed')],
    ['invalid-utf8', 1007, frame(1, bytes('ff'))],
    ['too-many-fragments', 1008, concat(frame(1, '', false), frame(0, '', false), frame(0))],
    ['message-too-big', 1009, buildFrame({ opcode: 2, announced: 1001n, maskingKey: MASKING_KEY })],
  ])('%s: a close frame with %i, then a FIN', async (violation, closeCode, wire) => {
    const { client, log } = await connected(LIMITS);
    client.write(wire);
    const sent = await client.frame();
    expect(sent.opcode).toBe(8);
    expect(sent.payload.readUInt16BE()).toBe(closeCode);
    expect(await client.ended()).toBe('fin');
    expect(client.rest).toHaveLength(0);
    client.end();
    expect(await log.closed()).toEqual({
      closeCode: 1006,
      closeReason: '',
      wasClean: false,
      cause: CloseCause.Violation,
      violation,
    });
  });

  it('is a FIN and no reset, however much the peer still sends', async () => {
    const { client, log } = await connected(LIMITS);
    client.write(concat(bytes('81 00'), new Uint8Array(100_000)));
    for (let i = 0; i < 20; i++) await client.writeOut(new Uint8Array(100_000));
    expect((await client.frame()).payload.readUInt16BE()).toBe(1002);
    expect(await client.ended()).toBe('fin');
    await client.writeOut(new Uint8Array(100_000));
    client.end();
    expect(await log.closed()).toMatchObject({ cause: CloseCause.Violation });
  });

  it('comes behind the answers to what was right before it', async () => {
    const { client, log } = await connected(LIMITS, (connection) => connection.send('answer'));
    client.write(concat(frame(1, 'right'), frame(9, 'ping'), bytes('81 00'), frame(1, 'behind')));
    expect((await client.frame()).payload.toString()).toBe('answer');
    expect((await client.frame()).opcode).toBe(10);
    expect((await client.frame()).opcode).toBe(8);
    await client.ended();
    client.end();
    await log.closed();
    expect(log.entries.map(([kind]) => kind)).toEqual(['text', 'ping', 'close']);
  });

  it('is over when the peer does not end TCP in time', async () => {
    const { client, log } = await connected(LIMITS);
    client.write(bytes('81 00'));
    await client.frame();
    await client.ended();
    bench.clock.advance(CLOSE_TIMEOUT_MS + TICK_MS);
    expect(await log.closed()).toMatchObject({ cause: CloseCause.Violation, violation: 'unmasked-frame' });
  });

  it('sends no second close frame where one was sent', async () => {
    const { client, connection, log } = await connected(LIMITS);
    connection.close(1001);
    expect(hex((await client.frame()).payload)).toBe('03 e9');
    client.write(bytes('81 00'));
    expect(await client.ended()).toBe('fin');
    expect(client.rest).toHaveLength(0);
    client.end();
    expect(await log.closed()).toEqual({
      closeCode: 1006,
      closeReason: '',
      wasClean: false,
      cause: CloseCause.Local,
      violation: 'unmasked-frame',
    });
  });
});
