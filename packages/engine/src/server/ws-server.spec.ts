import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildFrame, bytes, concat, EngineBench, hex, MASKING_KEY, upgradeRequest, utf8 } from '@nestwire/test-support';
import { CloseCause, type WsConnection } from '../connection/ws-connection.js';
import type { WsServer } from './ws-server.js';

const frame = (opcode: number, payload: string | Uint8Array = '') =>
  buildFrame({ opcode, payload, maskingKey: MASKING_KEY });
const closeFrame = (code: string) => frame(8, bytes(code));

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** Whether a promise has settled by the end of the turn. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => void (settled = true);
  void promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('listen()', () => {
  it('says where', async () => {
    const { server } = bench.create();
    const address = await server.listen(0);
    expect(address).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
    expect(address.port).toBeGreaterThan(0);
    await bench.open(address.port);
  });

  it('rejects with EADDRINUSE for a port that is taken, and may be tried again', async () => {
    const { port } = await bench.serve();
    const { server } = bench.create();
    await expect(server.listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const address = await server.listen(0);
    await bench.open(address.port);
  });

  it('rejects on an HTTP server that is shared', async () => {
    const { server } = bench.create({ server: createServer() });
    await expect(server.listen(0)).rejects.toThrow();
  });
});

describe('A server of its own', () => {
  it('answers plain requests with 426', async () => {
    const { port } = await bench.serve();
    const client = await bench.connect(port);
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await client.response()).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
    expect(await client.ended()).toBe('fin');
  });

  it('answers with 426 where Connection does not say Upgrade', async () => {
    const { port } = await bench.serve();
    const client = await bench.connect(port);
    client.write(upgradeRequest().replace('Connection: Upgrade\r\n', ''));
    expect((await client.response()).status).toBe(426);
  });

  it('takes no harm from what is no HTTP', async () => {
    const { port } = await bench.serve();
    const client = await bench.connect(port);
    client.write(bytes('16 03 01 02 00 01 00 01 fc 03 03'));
    await client.ended();
    await bench.open(port);
  });

  it('knows its open connections', async () => {
    const { server, port, log, opened } = await bench.serve();
    expect(server.connections.size).toBe(0);
    const client = await bench.open(port);
    expect([...server.connections]).toEqual([await opened]);
    client.write(closeFrame('03 e8'));
    client.end();
    await log.closed();
    expect(server.connections.size).toBe(0);
  });

  it('tells of a connection when it is among them already, and of its end when it is so still', async () => {
    const sizes: number[] = [];
    const { server, port, log } = await bench.serve(
      {
        onConnection: () => {
          sizes.push(server.connections.size);
          return log;
        },
      },
      { onClose: () => void sizes.push(server.connections.size) },
    );
    const client = await bench.open(port);
    client.destroy();
    await log.closed();
    expect(sizes).toEqual([1, 1]);
  });
});

describe('TCP keep-alive', () => {
  it.each([
    [undefined, [[true, 60_000]]],
    [5000, [[true, 5000]]],
    [500, [[true, 1000]]],
    [0, [[false, 0]]],
    [Infinity, [[false, 0]]],
  ])('of %p ms', async (keepAliveMs, calls) => {
    const setKeepAlive = jest.spyOn(Socket.prototype, 'setKeepAlive');
    bench.defer(() => setKeepAlive.mockRestore());
    const { port } = await bench.serve(keepAliveMs === undefined ? {} : { keepAliveMs });
    await bench.open(port);
    expect(setKeepAlive.mock.calls).toEqual(calls);
  });
});

describe('Small writes', () => {
  it.each([
    [{}, true],
    [{ noDelay: false }, false],
  ])('with %p', async (options, noDelay) => {
    const setNoDelay = jest.spyOn(Socket.prototype, 'setNoDelay');
    bench.defer(() => setNoDelay.mockRestore());
    const { server, port } = await bench.http(() => {});
    bench.create({ server, ...options });
    await bench.open(port);
    expect(setNoDelay.mock.calls.at(-1)).toEqual([noDelay]);
  });
});

describe('The time-out that an HTTP server sets on its sockets', () => {
  it('ends with the upgrade: a connection may be silent for longer', async () => {
    const { server, port, sockets } = await bench.http(() => {});
    server.setTimeout(60_000);
    bench.create({ server });
    await bench.open(port);
    expect(sockets[0]?.timeout).toBe(0);
  });
});

describe('close()', () => {
  it('says 1001 to every client, and resolves when all are gone', async () => {
    const { server, port } = await bench.serve();
    const clients = await Promise.all([bench.open(port), bench.open(port), bench.open(port)]);
    const closed = server.close();
    for (const client of clients) {
      expect(hex((await client.frame()).payload)).toBe('03 e9');
      expect(await isSettled(closed)).toBe(false);
      client.write(closeFrame('03 e9'));
      await client.ended();
      client.end();
    }
    await closed;
    expect(server.connections.size).toBe(0);
  });

  it('says another code and a reason', async () => {
    const { server, port } = await bench.serve();
    const client = await bench.open(port);
    void server.close(1012, 'update');
    expect(hex((await client.frame()).payload)).toBe(hex(concat(bytes('03 f4'), utf8('update'))));
  });

  it('drops who does not answer in time', async () => {
    const { server, port, log } = await bench.serve({ closeTimeoutMs: 1000 });
    const client = await bench.open(port);
    const closed = server.close();
    await client.frame();
    bench.clock.advance(1100);
    await closed;
    expect(await log.closed()).toMatchObject({ cause: CloseCause.ClosingTimeout });
  });

  it('may be called again: all wait for the first, whose code holds', async () => {
    const { server, port } = await bench.serve();
    const client = await bench.open(port);
    const all = [server.close(1012), server.close(), server.close(1001)];
    expect(hex((await client.frame()).payload)).toBe('03 f4');
    for (const closed of all) expect(await isSettled(closed)).toBe(false);
    client.write(closeFrame('03 f4'));
    client.end();
    await Promise.all(all);
    await server.close();
    expect(client.rest).toHaveLength(0);
  });

  it('resolves for a server that never listened', async () => {
    await bench.create().server.close();
  });

  it.each([1005, 1006, 1010, 1015, 999, 5000])('rejects for the code %i, and closes nothing', async (code) => {
    const { server, port } = await bench.serve();
    await expect(server.close(code)).rejects.toBeInstanceOf(RangeError);
    const client = await bench.open(port);
    await expect(server.close(code)).rejects.toBeInstanceOf(RangeError);
    await expect(server.close(1000, 'r'.repeat(124))).rejects.toBeInstanceOf(RangeError);
    client.write(frame(9, 'alive'));
    expect((await client.frame()).opcode).toBe(10);
    const closed = server.close();
    expect(hex((await client.frame()).payload)).toBe('03 e9');
    client.destroy();
    await closed;
  });

  it('refuses upgrades with 503 meanwhile, on a server of its own', async () => {
    const { server, port, opened } = await bench.serve();
    const client = await bench.open(port);
    const late = await bench.connect(port);
    // Half a request: a connection that has sent nothing yet is not told from an idle one.
    await late.writeOut(upgradeRequest().slice(0, 20));
    client.write(frame(9));
    await client.frame();
    const closed = server.close();
    late.write(upgradeRequest().slice(20));
    const response = await late.response();
    expect(response.status).toBe(503);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    late.end();
    (await opened).terminate();
    await closed;
  });

  it('refuses upgrades with 503 meanwhile, on a shared server, which goes on', async () => {
    const { server: httpServer, port } = await bench.http((_request, response) => response.end('application'));
    const served = bench.create({ server: httpServer });
    const client = await bench.open(port);
    const closed = served.server.close();
    const late = await bench.connect(port);
    late.write(upgradeRequest());
    expect((await late.response()).status).toBe(503);
    client.destroy();
    await closed;
    const plain = await bench.connect(port);
    plain.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await plain.response()).body).toBe('application');
    expect(httpServer.listening).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['half a request', 'GET / HTTP/1.1\r\nHost: '],
    ['half a body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nHello'],
  ])('does not wait for a client that has sent %s', async (_what, sent) => {
    const { server, port } = await bench.serve();
    const idle = await bench.connect(port);
    if (sent !== '') await idle.writeOut(sent);
    const other = await bench.open(port);
    other.write(frame(9));
    await other.frame();
    const closed = server.close();
    other.destroy();
    await closed;
    await idle.ended();
  });

  it('ends the port', async () => {
    const { server, port } = await bench.serve();
    await server.close();
    await expect(bench.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('may be called from onConnection, from a message and from onClose', async () => {
    const calls: Promise<void>[] = [];
    const served = await bench.serve(
      {
        onConnection: () => {
          calls.push(served.server.close(1012));
          return served.log;
        },
      },
      {
        onMessage: () => void calls.push(served.server.close()),
        onClose: () => void calls.push(served.server.close()),
      },
    );
    const client = await bench.open(served.port);
    expect(hex((await client.frame()).payload)).toBe('03 f4');
    client.write(concat(frame(1, 'message'), closeFrame('03 f4')));
    client.end();
    await served.log.closed();
    await Promise.all(calls);
    expect(calls.length).toBeGreaterThanOrEqual(2);
  });

  it('leaves no timer behind', async () => {
    const { server, port } = await bench.serve();
    const client = await bench.open(port);
    const closed = server.close();
    await client.frame();
    client.write(closeFrame('03 e9'));
    client.end();
    await closed;
    expect(bench.clock.scheduled).toBe(0);
  });
});

describe('One wheel for all deadlines of a server', () => {
  it('is on the clock that was given', () => {
    const server: WsServer = bench.create().server;
    bench.clock.advance(1234);
    expect(server.wheel.now()).toBe(1234);
  });

  it.each([
    ['live and close', undefined, 1],
    ['close', Infinity, 0],
  ])('has one timer, however many connections %s', async (_, pingIntervalMs, whileOpen) => {
    const connections: WsConnection[] = [];
    const { port, log } = await bench.serve({
      ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
      onConnection: (connection) => {
        connections.push(connection);
        return log;
      },
    });
    for (let i = 0; i < 5; i++) await bench.open(port);
    expect(bench.clock.scheduled).toBe(whileOpen);
    for (const connection of connections) connection.close();
    expect(bench.clock.scheduled).toBe(1);
  });
});
