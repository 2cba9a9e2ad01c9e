import { constants } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EngineBench, type RawClient } from '@nestwire/test-support';
import { MessageDeflater } from '../deflate/message-deflater.js';
import type { WsServerOptions } from '../server/ws-server-options.js';
import type { WsConnection } from './ws-connection.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.dispose();
});

async function connected(options: Partial<WsServerOptions> = {}, ...lines: readonly string[]) {
  const { server, port } = await bench.serve(options);
  const client: RawClient = await bench.open(port, '/', ...lines);
  const [connection] = server.connections;
  return { client, connection: connection as WsConnection };
}

function written(connection: WsConnection): Promise<Error | undefined> {
  return new Promise((resolve) => connection.whenWritten(resolve));
}

describe('whenWritten', () => {
  it.each([
    ['nothing', []],
    ['a message', ['a']],
    ['messages of one turn', ['a', 'b', 'c']],
    ['one that is written at once, being long', ['x'.repeat(100_000)]],
  ])('calls back once the operating system has it: %s', async (_, messages) => {
    const { client, connection } = await connected();
    for (const message of messages) connection.send(message);
    let returned = false;
    const done = new Promise<void>((resolve, reject) => {
      connection.whenWritten((error) => {
        if (returned && error === undefined && connection.bufferedAmount === 0) resolve();
        else reject(new Error('too early'));
      });
    });
    returned = true;
    await done;
    for (const message of messages) expect((await client.frame()).payload.toString()).toBe(message);
  });

  it('tells all who wait in a turn, in their order', async () => {
    const { client, connection } = await connected();
    const order: number[] = [];
    connection.send('a');
    connection.whenWritten(() => order.push(1));
    connection.send('b');
    connection.whenWritten(() => order.push(2));
    await written(connection);
    expect(order).toEqual([1, 2]);
    expect((await client.frame()).payload.toString()).toBe('a');
    expect((await client.frame()).payload.toString()).toBe('b');
  });

  it('waits for a message that is deflated in the thread pool', async () => {
    let release: () => void = () => undefined;
    jest.spyOn(MessageDeflater.prototype, 'deflate').mockReturnValue(undefined);
    jest
      .spyOn(MessageDeflater.prototype, 'deflateLater')
      .mockImplementation(
        () => new Promise((resolve) => (release = () => resolve(Uint8Array.of(constants.Z_NO_COMPRESSION)))),
      );
    const { connection } = await connected(
      { perMessageDeflate: { thresholdBytes: 1 } },
      'Sec-WebSocket-Extensions: permessage-deflate',
    );
    const seen: (Error | undefined)[] = [];
    connection.send('large');
    connection.whenWritten((error) => seen.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    release();
    expect(await written(connection)).toBeUndefined();
    expect(seen).toEqual([undefined]);
  });

  it('tells of an end that came before', async () => {
    const { connection } = await connected();
    connection.send('never');
    const lost = written(connection);
    connection.terminate();
    expect(await lost).toBeInstanceOf(Error);
  });

  it('tells at once of an end that has been', async () => {
    const { connection } = await connected();
    connection.terminate();
    expect(await written(connection)).toBeInstanceOf(Error);
  });
});

describe('An unsolicited pong (RFC 6455 §5.5.3)', () => {
  it('has the payload that it is given', async () => {
    const { client, connection } = await connected();
    expect(connection.pong(Uint8Array.of(1, 2))).toBe('sent');
    expect(await client.frame()).toEqual({ fin: true, opcode: 10, payload: Buffer.of(1, 2) });
  });

  it('has no more than 125 bytes', async () => {
    const { connection } = await connected();
    expect(() => connection.pong(new Uint8Array(126))).toThrow(RangeError);
    expect(() => connection.pong('text' as unknown as Uint8Array)).toThrow(TypeError);
  });
});
