import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildFrame, EngineBench, MASKING_KEY, type RawClient, upgradeRequest } from '@nestwire/test-support';
import type { HandshakeDecision } from './handshake-decision.js';
import type { HandshakeRequest } from './handshake-request.js';
import type { WsServerOptions } from './ws-server-options.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

const ACCEPT: HandshakeDecision = { kind: 'accept' };
const NO: HandshakeDecision = { kind: 'refuse', status: 403, reason: 'no' };

/** A decision that the test makes when it likes. */
class Decider {
  readonly requests: HandshakeRequest[] = [];
  private readonly waiting: { resolve: (d: HandshakeDecision) => void; reject: (e: Error) => void }[] = [];
  private wake: () => void = () => undefined;

  readonly hook = (request: HandshakeRequest): Promise<HandshakeDecision> => {
    this.requests.push(request);
    const decision = new Promise<HandshakeDecision>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.wake();
    return decision;
  };

  /** Once so many have been asked for. */
  async asked(count = 1): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  say(decision: HandshakeDecision): void {
    this.waiting.shift()?.resolve(decision);
  }

  fail(error: Error): void {
    this.waiting.shift()?.reject(error);
  }
}

async function handshake(options: Partial<WsServerOptions>, ...lines: string[]) {
  const served = await bench.serve(options);
  const client = await bench.connect(served.port);
  client.write(upgradeRequest('/a?b=c', ...lines));
  return { ...served, client };
}

describe.each([
  ['at once', (decision: HandshakeDecision) => decision],
  ['later', (decision: HandshakeDecision) => Promise.resolve(decision)],
])('A decision about a handshake, made %s', (_when, made) => {
  it('sees what was asked, and the facts that the connection will have', async () => {
    let seen: HandshakeRequest | undefined;
    const { client, opened } = await handshake(
      {
        onHandshake: (request) => {
          seen = request;
          return made(ACCEPT);
        },
      },
      'Cookie: a=1',
      'X-Twice: 1',
      'X-Twice: 2',
      'Sec-WebSocket-Protocol: x, y',
    );
    expect((await client.response()).status).toBe(101);
    expect(seen).toMatchObject({ target: '/a?b=c', subprotocols: ['x', 'y'] });
    expect(seen?.headers).toMatchObject({ cookie: ['a=1'], 'x-twice': ['1', '2'] });
    expect(seen?.facts).toMatchObject({ path: '/a', query: 'b=c', remoteAddress: '127.0.0.1' });
    expect((await opened).request).toBe(seen?.facts);
    expect(seen?.signal.aborted).toBe(false);
  });

  it('yes, with what was found out', async () => {
    const contexts: unknown[] = [];
    const { client, opened } = await handshake({
      onHandshake: () => made({ kind: 'accept', context: 'ann' }),
      onConnection: (_connection, context) => {
        contexts.push(context);
        return { onMessage: (connection, message) => void connection.send(message) };
      },
    });
    expect((await client.response()).status).toBe(101);
    await opened;
    expect(contexts).toEqual(['ann']);
    client.write(buildFrame({ opcode: 1, payload: 'hi', maskingKey: MASKING_KEY }));
    expect((await client.frame()).payload.toString()).toBe('hi');
  });

  it.each([
    [undefined, 'b'],
    ['c', 'c'],
  ])('yes, with the subprotocol %p', async (subprotocol, chosen) => {
    const { client } = await handshake(
      {
        subprotocols: ['b'],
        onHandshake: () => made(subprotocol === undefined ? ACCEPT : { kind: 'accept', subprotocol }),
      },
      'Sec-WebSocket-Protocol: a, b, c',
    );
    expect((await client.response()).headers['sec-websocket-protocol']).toBe(chosen);
  });

  it('no, by a whole HTTP response', async () => {
    const headers = { 'Retry-After': '7', 'Content-Type': 'application/json' };
    const { client, server } = await handshake({
      onHandshake: () => made({ kind: 'refuse', status: 429, reason: '{"slow":"ü"}', headers }),
    });
    const response = await client.response();
    expect(response).toMatchObject({ status: 429, body: '{"slow":"ü"}' });
    expect(response.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'application/json' });
    expect(await client.ended()).toBe('fin');
    expect(server.connections.size).toBe(0);
  });

  it('no, by a close code behind the 101; nothing that was sent ahead is a message', async () => {
    let told = 0;
    const { client, server } = await handshake({
      onHandshake: () => made({ kind: 'close', closeCode: 4403, closeReason: 'not you' }),
      onConnection: () => {
        told++;
        return { onMessage: () => told++ };
      },
    });
    client.write(buildFrame({ opcode: 1, payload: 'hi', maskingKey: MASKING_KEY }));
    expect((await client.response()).status).toBe(101);
    const { opcode, payload } = await client.frame();
    expect([opcode, payload.readUInt16BE(0), payload.subarray(2).toString()]).toEqual([8, 4403, 'not you']);
    client.write(buildFrame({ opcode: 8, payload: payload.subarray(0, 2), maskingKey: MASKING_KEY }));
    expect(await client.ended()).toBe('fin');
    client.end();
    // It waits for every connection, this one too.
    await server.close();
    expect(told).toBe(0);
    expect(client.rest).toHaveLength(0);
    expect(server.connections.size).toBe(0);
  });

  it.each<[string, unknown]>([
    ['a subprotocol that was not offered', { kind: 'accept', subprotocol: 'other' }],
    ['a status of no refusal', { kind: 'refuse', status: 200, reason: '' }],
    ['a header that would be two', { kind: 'refuse', status: 403, reason: '', headers: { 'X-A': '1\r\nX-B: 2' } }],
    ['a header that is none', { kind: 'refuse', status: 403, reason: '', headers: { 'X A': '1' } }],
    ['a length of its own', { kind: 'refuse', status: 403, reason: '', headers: { 'content-length': '7' } }],
    ['a close code that may not be sent', { kind: 'close', closeCode: 1006 }],
    ['a reason that is too long', { kind: 'close', closeCode: 4403, closeReason: 'x'.repeat(124) }],
    ['no decision', undefined],
    ['another kind', { kind: 'perhaps' }],
  ])('is a 500 where it can not be carried out, and the owner hears why: %s', async (_what, decision) => {
    const errors: unknown[] = [];
    const { client } = await handshake(
      { onHandshake: () => made(decision as HandshakeDecision), onHandshakeError: (error) => void errors.push(error) },
      'Sec-WebSocket-Protocol: x',
    );
    expect(await client.response()).toMatchObject({ status: 500, body: 'Internal server error' });
    expect(errors).toHaveLength(1);
  });
});

describe('What a hook throws', () => {
  it.each([
    [
      'at once',
      () => {
        throw new Error('secret');
      },
    ],
    ['later', () => Promise.reject(new Error('secret'))],
  ])('%s is a 500 that does not tell it, and the owner is told', async (_when, onHandshake) => {
    const errors: unknown[] = [];
    const { client } = await handshake({ onHandshake, onHandshakeError: (error) => void errors.push(error) });
    const { status, body } = await client.response();
    expect([status, body]).toEqual([500, 'Internal server error']);
    expect(errors).toMatchObject([{ message: 'secret' }]);
  });

  it('is a warning of the process where nobody wants to be told, and one only', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { port } = await bench.serve({
      onHandshake: () => {
        throw new Error('secret');
      },
    });
    for (let i = 0; i < 3; i++) {
      const client = await bench.connect(port);
      client.write(upgradeRequest());
      expect((await client.response()).status).toBe(500);
    }
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('While a decision is awaited', () => {
  let decider: Decider;
  beforeEach(() => {
    decider = new Decider();
  });

  async function ask(options: Partial<WsServerOptions> = {}) {
    const asked = await handshake({ onHandshake: decider.hook, ...options });
    await decider.asked();
    return asked;
  }

  async function send(client: RawClient, ...texts: string[]): Promise<void> {
    for (const payload of texts) await client.writeOut(buildFrame({ opcode: 1, payload, maskingKey: MASKING_KEY }));
  }

  it('what the peer sends ahead waits, in order, and is read afterwards', async () => {
    const served = await bench.serve({ onHandshake: decider.hook });
    const client = await bench.connect(served.port);
    // One frame with the handshake, one behind it.
    client.write(
      Buffer.concat([
        Buffer.from(upgradeRequest()),
        buildFrame({ opcode: 1, payload: 'first', maskingKey: MASKING_KEY }),
      ]),
    );
    await decider.asked();
    await send(client, 'second');
    // Another client's round trip: what the first has sent is with the server by now.
    const other = await bench.connect(served.port);
    other.write(upgradeRequest('/', 'Sec-WebSocket-Version: 1'));
    await other.response();
    expect(served.log.messages).toEqual([]);
    decider.say(ACCEPT);
    expect((await client.response()).status).toBe(101);
    await send(client, 'third');
    await served.log.atLeast(3);
    expect(served.log.messages).toEqual(['first', 'second', 'third']);
  });

  it('what the peer sends ahead is held up by its socket, and takes no more memory than that', async () => {
    const { server, port, sockets } = await bench.http(() => undefined);
    const served = bench.create({ server, onHandshake: decider.hook, maxMessageBytes: Infinity });
    const client = await bench.connect(port);
    client.write(upgradeRequest());
    await decider.asked();
    const big = buildFrame({ opcode: 2, payload: new Uint8Array(20_000_000), maskingKey: MASKING_KEY });
    client.write(big);
    const [socket] = sockets;
    while ((socket?.readableLength ?? 0) < (socket?.readableHighWaterMark ?? 0))
      await once(socket as never, 'readable');
    // The kernel's buffers are full as well: the client keeps most of it.
    expect(socket?.readableLength).toBeLessThan(1_000_000);
    expect(client.socket.writableLength).toBeGreaterThan(10_000_000);
    decider.say(ACCEPT);
    await served.log.atLeast(1);
    expect((served.log.messages[0] as Uint8Array).length).toBe(20_000_000);
  });

  it.each(['reset', 'end'] as const)('the peer may go (%s): the hook hears it, and nothing is left', async (way) => {
    const { client, log, server } = await ask();
    const { signal } = decider.requests[0] as HandshakeRequest;
    expect(bench.clock.scheduled).toBe(1);
    const aborted = once(signal, 'abort');
    client[way]();
    await aborted;
    expect(bench.clock.scheduled).toBe(0);
    decider.say(ACCEPT);
    await Promise.resolve();
    expect(log.entries).toEqual([]);
    expect(server.connections.size).toBe(0);
  });

  it('the peer may go, and the hook fail for it: that is nobody’s fault', async () => {
    const errors: unknown[] = [];
    const { client } = await ask({ onHandshakeError: (error) => void errors.push(error) });
    const aborted = once((decider.requests[0] as HandshakeRequest).signal, 'abort');
    client.reset();
    await aborted;
    decider.fail(new Error('aborted'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
  });

  it('a signal that is first looked at afterwards is aborted as well', async () => {
    const { client } = await ask({ decisionTimeoutMs: 1000 });
    bench.clock.advance(1100);
    await client.response();
    expect(decider.requests[0]?.signal.aborted).toBe(true);
  });

  it('time may run out: 503, and the late decision is dropped', async () => {
    const { client, server, log } = await ask({ decisionTimeoutMs: 3000 });
    bench.clock.advance(2900);
    const { signal } = decider.requests[0] as HandshakeRequest;
    expect(signal.aborted).toBe(false);
    bench.clock.advance(200);
    expect(signal.aborted).toBe(true);
    const response = await client.response();
    expect(response.status).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    decider.say(ACCEPT);
    expect(await client.ended()).toBe('fin');
    expect(client.rest).toHaveLength(0);
    expect([server.connections.size, log.entries]).toEqual([0, []]);
  });

  it('10 s are what it has by default', async () => {
    const { client } = await ask();
    bench.clock.advance(9900);
    expect(decider.requests[0]?.signal.aborted).toBe(false);
    bench.clock.advance(200);
    expect((await client.response()).status).toBe(503);
  });

  it('the server may close: 503, and close() waits for nobody', async () => {
    const { client, server } = await ask();
    const { signal } = decider.requests[0] as HandshakeRequest;
    const closed = server.close();
    expect((await client.response()).status).toBe(503);
    expect(signal.aborted).toBe(true);
    client.end();
    await closed;
    decider.say(ACCEPT);
    await Promise.resolve();
    expect(server.connections.size).toBe(0);
  });

  it('others are not held up, and each gets its own answer', async () => {
    const { client, port } = await ask();
    const second = await bench.connect(port);
    second.write(upgradeRequest());
    await decider.asked(2);
    decider.say(NO);
    decider.say(ACCEPT);
    expect((await second.response()).status).toBe(101);
    expect((await client.response()).status).toBe(403);
  });

  it('is over without a trace: neither deadline nor listener stays', async () => {
    const counts: unknown[] = [];
    for (const onHandshake of [undefined, decider.hook]) {
      const { server, port, sockets } = await bench.http(() => undefined);
      const { opened } = bench.create({ server, pingIntervalMs: Infinity, ...(onHandshake && { onHandshake }) });
      const client = await bench.connect(port);
      client.write(upgradeRequest());
      if (onHandshake) await decider.asked();
      decider.say(ACCEPT);
      await opened;
      await new Promise((resolve) => setImmediate(resolve));
      const [socket] = sockets;
      counts.push(
        ['data', 'end', 'close', 'error', 'readable', 'drain'].map((event) => socket?.listenerCount(event)),
        socket?.readableFlowing,
      );
    }
    expect(counts.slice(2)).toEqual(counts.slice(0, 2));
    expect(bench.clock.scheduled).toBe(0);
  });
});

describe('Who is never asked about', () => {
  it.each([
    ['a malformed handshake', 400, (request: string) => request.replace('Host: localhost\r\n', '')],
    ['HTTP/1.0', 505, (request: string) => request.replace('HTTP/1.1', 'HTTP/1.0')],
    [
      'a page from elsewhere',
      403,
      (request: string) => request.replace('\r\n\r\n', '\r\nOrigin: http://evil.example\r\n\r\n'),
    ],
    ['a name that was made to point here', 403, (request: string) => request.replace('localhost', 'evil.example')],
  ])('%s', async (_what, status, change) => {
    let asked = 0;
    const { port } = await bench.serve({ onHandshake: () => (asked++, ACCEPT) });
    const client = await bench.connect(port);
    client.write(change(upgradeRequest()));
    expect((await client.response()).status).toBe(status);
    expect(asked).toBe(0);
  });
});

describe('A path of nobody’s', () => {
  const closing: Partial<WsServerOptions> = {
    path: '/a',
    onUnservedPath: ({ facts }) =>
      facts.origin === undefined
        ? { kind: 'refuse', status: 404, reason: `No ${facts.path}` }
        : { kind: 'close', closeCode: 4404 },
  };

  async function answer(options: Partial<WsServerOptions>, ...lines: string[]): Promise<RawClient> {
    const { port } = await bench.serve(options);
    const client = await bench.connect(port);
    client.write(
      upgradeRequest('/b', ...lines)
        .replace('localhost', `localhost:${String(port)}`)
        .replace('PORT', String(port)),
    );
    return client;
  }

  it('is told as the server says: by HTTP, or by a code that scripts in a browser can read', async () => {
    expect(await (await answer(closing)).response()).toMatchObject({ status: 404, body: 'No /b' });
    const browser = await answer(closing, 'Origin: http://localhost:PORT');
    expect((await browser.response()).status).toBe(101);
    expect((await browser.frame()).payload.readUInt16BE(0)).toBe(4404);
  });

  it('is a 404 else, and nobody from elsewhere hears more than 403', async () => {
    expect((await (await answer({ path: '/a' })).response()).status).toBe(404);
    expect((await (await answer(closing, 'Origin: http://evil.example')).response()).status).toBe(403);
  });

  it('is left to others who listen for upgrades', async () => {
    const { server, port } = await bench.http(() => undefined);
    bench.create({ ...closing, server });
    server.on('upgrade', (request, socket) => {
      if (request.url === '/b') socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    const client = await bench.connect(port);
    client.write(upgradeRequest('/b'));
    expect((await client.response()).status).toBe(418);
    await bench.open(port, '/a');
  });
});

it('A time for decisions that is none is a RangeError', () => {
  expect(() => bench.create({ decisionTimeoutMs: -1 })).toThrow(RangeError);
});
