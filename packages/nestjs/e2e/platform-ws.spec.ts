import * as common from '@nestjs/common';
import { type ArgumentsHost, Catch, type ExceptionFilter, type INestApplication, Logger } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { NestwireAdapter } from '@nestwire/nestjs';
import { freePort } from '@nestwire/test-support';
import type { ClientOptions } from 'ws';
import { answersGateway, Gates } from '../spec/platform-ws/answers.gateway.js';
import { FramePeer } from '../spec/platform-ws/frame-peer.js';
import { sampleGateways, type SamplePorts } from '../spec/platform-ws/sample-gateways.js';
import { type Seen, socketsGateway } from '../spec/platform-ws/sockets.gateway.js';
import { until } from '../spec/until.js';

/*
 * The same gateways and the same clients, on WsAdapter and on Nestwire's preset: only the line with the adapter differs. Every frame is
 * held against the one literal, so that WsAdapter says what is right.
 */

const IS_NEST_12 = 'StandardSchemaValidationPipe' in common;

/** Nest 11's filter emits exceptions on the server's side of a `ws` socket: clients hear of none, on either adapter. */
const TELLS_EXCEPTIONS = IS_NEST_12;

type MakeAdapter = (app: INestApplication) => WsAdapter | NestwireAdapter;
/** An event, and its data. */
type Message = [event: unknown, data?: unknown];

let adapter: MakeAdapter;
let app: INestApplication;
let port: number;
let ports: SamplePorts;
let gates: Gates;
let seen: Seen;
let globallyFiltered: number;
let globallyGuarded: number;
let peers: FramePeer[];

async function start(): Promise<void> {
  gates = new Gates();
  seen = { events: [] };
  globallyFiltered = 0;
  globallyGuarded = 0;
  ports = { events: await freePort(), application: await freePort(), core: await freePort() };
  @Catch()
  class HttpFilter implements ExceptionFilter {
    catch(_exception: unknown, _host: ArgumentsHost): void {
      globallyFiltered++;
    }
  }
  const providers = [...sampleGateways(ports), answersGateway(gates), socketsGateway(seen, gates)];
  const module = await Test.createTestingModule({ providers }).compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalFilters(new HttpFilter());
  app.useGlobalGuards({ canActivate: () => ++globallyGuarded > 0 });
  app.useWebSocketAdapter(adapter(app));
  await app.listen(0, '127.0.0.1');
  ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
}

function dial(at = '/', protocols: string[] = [], options: ClientOptions = {}, on = port): FramePeer {
  const peer = new FramePeer(`ws://127.0.0.1:${String(on)}${at}`, protocols, options);
  peers.push(peer);
  return peer;
}

const connect = (...where: Parameters<typeof dial>): Promise<FramePeer> => dial(...where).open();

/** Sends, and takes all that comes back. */
async function ask(peer: FramePeer, ...messages: readonly Message[]) {
  for (const [event, data] of messages) peer.send(event, data);
  await peer.ping();
  return peer.takeAll(() => peer.send('value', { is: 'response' }), '{"event":"other","data":{"x":1}}');
}

describe.each<[string, MakeAdapter]>([
  ['WsAdapter', (nest: INestApplication) => new WsAdapter(nest)],
  ['NestwireAdapter', (nest: INestApplication) => new NestwireAdapter(nest, { preset: 'platform-ws' })],
])('With %s', (name, make) => {
  beforeAll(async () => {
    Logger.overrideLogger(false);
    adapter = make;
    await start();
  });

  beforeEach(() => {
    peers = [];
    seen.events.length = 0;
  });

  afterEach(() => {
    gates.openAll();
    for (const { socket } of peers) socket.terminate();
    expect(globallyFiltered).toBe(0);
  });

  afterAll(() => app.close());

  describe("Nest's own gateways", () => {
    it('answers with a stream of responses, and with a bare value, on a port of its own, whatever the path', async () => {
      const peer = await connect('/any/path?at=all', [], {}, ports.events);
      peer.send('events', {});
      expect(await peer.take(3)).toEqual([
        '{"event":"events","data":1}',
        '{"event":"events","data":2}',
        '{"event":"events","data":3}',
      ]);
      expect(await peer.send('identity', 5).take(1)).toEqual(['5']);
      await connect('/', [], {}, ports.events);
      expect(await peer.send('clients').take(1)).toEqual(['2']);
    });

    it('knows its gateways apart, on two ports', async () => {
      const one = await connect('/', [], {}, ports.application);
      const other = await connect('/core', [], {}, ports.core);
      one.send('push', { test: 'test' });
      other.send('push', { test: 'other' });
      expect(await one.take(1)).toEqual(['{"event":"pop","data":{"test":"test"}}']);
      expect(await other.take(1)).toEqual(['{"event":"pop","data":{"test":"other"}}']);
    });

    it('gives interceptors and filters the pattern, and the socket', async () => {
      const peer = await connect('/', [], {}, ports.application);
      expect(await peer.send('getClient', { test: 1 }).take(1)).toEqual([
        '{"event":"popClient","data":{"test":1,"path":"getClient"}}',
      ]);
      expect(await peer.send('getClientWithError').take(1)).toEqual([
        '{"event":"exception","data":{"pattern":"getClientWithError","message":"This is an error"}}',
      ]);
    });

    it('has gateways on the HTTP server and on paths', async () => {
      for (const [path, event] of [
        ['/', 'pop'],
        ['/example', 'pop'],
        ['/ws-path', 'pop2'],
      ] as const) {
        const peer = await connect(path);
        expect(await peer.send('push', { test: path }).take(1)).toEqual([
          `{"event":"${event}","data":{"test":"${path}"}}`,
        ]);
      }
    });

    it('asks the global guards that Nest asks: none on Nest 11', async () => {
      const peer = await connect();
      globallyGuarded = 0;
      await peer.send('push').take(1);
      expect(globallyGuarded).toBe(IS_NEST_12 ? 1 : 0);
    });

    // On WsAdapter of Nest 11 such a gateway does not answer; the preset does no worse.
    const answersScoped = IS_NEST_12 || name !== 'WsAdapter';

    it(`makes one a client, where it is request-scoped${answersScoped ? '' : ': not on Nest 11'}`, async () => {
      const [one, other] = [await connect('/scoped'), await connect('/scoped')];
      one.send('count').send('count');
      other.send('count');
      for (const peer of [one, other, one, other]) await peer.ping();
      const counts = answersScoped
        ? [...(await one.take(2)), ...(await other.take(1))]
        : [...one.frames, ...other.frames];
      expect(counts).toEqual(answersScoped ? ['1', '2', '1'] : []);
    });

    it('answers what a stream fails with', async () => {
      const peer = await connect();
      expect(await ask(peer, ['pushError', [1]])).toEqual(
        TELLS_EXCEPTIONS
          ? [
              '{"event":"exception","data":{"status":"error","message":"test","cause":{"pattern":"pushError","data":[1]}}}',
            ]
          : [],
      );
    });
  });

  describe('A reply', () => {
    it.each([
      ['text', '"hi"'],
      ['zero', '0'],
      ['empty', '""'],
      ['false', 'false'],
      ['array', '[1,[2],{"event":"x"}]'],
      ['object', '{"a":1,"c":"1970-01-01T00:00:00.000Z","d":null}'],
      ['response', '{"event":"other","data":{"x":1}}'],
      ['more', '{"event":"other","data":1,"extra":true}'],
      ['bytes', '{"type":"Buffer","data":[104,105]}'],
      ['promise', '"later"'],
    ])('is what the handler returned, and nothing around it: %s', async (is, frame) => {
      const peer = await connect();
      expect(await peer.send('value', { is }).take(1)).toEqual([frame]);
    });

    it('is none for null and undefined, in a stream too', async () => {
      const peer = await connect();
      expect(await ask(peer, ['value', { is: 'null' }], ['value', { is: 'nothing' }], ['value'])).toEqual([]);
      expect(await ask(peer, ['stream'])).toEqual(['"a"', '{"event":"b","data":2}', '3']);
    });

    it('leaves when its handler has finished, whichever message came first', async () => {
      const peer = await connect();
      for (const name of ['a', 'b', 'c']) peer.send('wait', name);
      await until(() => gates.has('a') && gates.has('b') && gates.has('c'));
      for (const name of ['b', 'c', 'a']) {
        gates.open(name);
        expect(await peer.take(1)).toEqual([`"${name}"`]);
      }
    });

    it.each<[string, Message[], string[]]>([
      ['a guard', [['guarded', 'let me in']], ['"welcome"']],
      ['a pipe', [['integer', '41']], ['42']],
      ['an interceptor', [['doubled', 21]], ['42']],
      ['an interceptor that leaves nothing', [['doubled', 0]], []],
      ['a push, and a response', [['socket', { a: 1 }]], ['"pushed"', '{"event":"socket","data":[true,{"a":1}]}']],
      ['a code', [[1001]], ['"by number"']],
    ])('comes through %s', async (__, messages, frames) => {
      expect(await ask(await connect(), ...messages)).toEqual(frames);
    });

    it('is what a method with @Ack() returns: there is nothing to acknowledge', async () => {
      expect(await ask(await connect(), ['acknowledged'])).toEqual(['"undefined"']);
    });

    it('is to a message of 5 MiB as well', async () => {
      const peer = await connect();
      expect(await peer.send('length', 'x'.repeat(5 * 1024 * 1024)).take(1)).toEqual([String(5 * 1024 * 1024)]);
    });

    it('is to a binary message as well, and takes no notice of what stands beside event and data', async () => {
      const peer = await connect();
      peer.socket.send(Buffer.from('{"event":"integer","data":1}'));
      expect(await peer.take(1)).toEqual(['2']);
      peer.socket.send('{"event":"integer","data":2,"userId":{},"id":"s:1","cancel":true}');
      peer.socket.send('{"event":"integer","data":3,"id":1}');
      peer.socket.send('{"event":"integer","data":4,"id":1}');
      expect(await peer.take(3)).toEqual(['3', '4', '5']);
    });
  });

  describe('What goes wrong', () => {
    const cause = (pattern: string, data: unknown): string => `"cause":${JSON.stringify({ pattern, data })}`;
    const UNKNOWN = '"status":"error","message":"Internal server error"';

    it.each([
      ['a WsException', 'fail', { by: 'WsException' }, '"status":"error","message":"wrong"', true],
      ['an object', 'fail', { by: 'object' }, '"status":"bad","hint":"try again","message":"not so"', false],
      ['an HttpException', 'fail', { by: 'HttpException' }, UNKNOWN, true],
      ['a rejection', 'fail', { by: 'rejection' }, '"status":"error","message":"later"', true],
      ['an error of a stream', 'fail', { by: 'stream' }, UNKNOWN, true],
      ['any error', 'fail', { by: 'Error' }, UNKNOWN, true],
      ['a guard', 'guarded', 'no', '"status":"error","message":"Forbidden resource"', true],
      ['a pipe', 'integer', 'no number', UNKNOWN, true],
    ])('is an exception, in the words of Nest: %s', async (__, event, data, payload, hasCause) => {
      const frame = `{"event":"exception","data":{${payload}${hasCause ? `,${cause(event, data)}` : ''}}}`;
      expect(await ask(await connect(), [event, data])).toEqual(TELLS_EXCEPTIONS ? [frame] : []);
    });

    it.each([
      ['without a cause', 'quiet', 'ws', '{"status":"error","message":"quietly"}'],
      ['without a cause, of any error', 'quiet', 'other', `{${UNKNOWN}}`],
      [
        'with a cause of its own',
        'factory',
        7,
        '{"status":"error","message":"wrong, filtered","cause":{"asked":["factory",7]}}',
      ],
    ])("is what the gateway's filter makes of it: %s", async (__, event, data, payload) => {
      expect(await ask(await connect(), [event, data])).toEqual(
        TELLS_EXCEPTIONS ? [`{"event":"exception","data":${payload}}`] : [],
      );
    });

    it('is nothing, where a filter says nothing', async () => {
      expect(await ask(await connect(), ['silent'])).toEqual([]);
    });

    it('is nothing, where a message is none or nobody handles it, however often', async () => {
      const peer = await connect();
      for (const text of ['{"event":', 'null', '0', '[]', '"event"', '{}', '{"data":1}', '{"event":{}}', '\ufeff{}']) {
        peer.socket.send(text);
      }
      peer.socket.send(Buffer.from([0xff, 0xfe]));
      expect(await ask(peer, ['nobody'], ['constructor'], [''], [7], ['0'], [null])).toEqual([]);
    });
  });

  describe('A handshake', () => {
    it('is taken from any origin, by any name, with the first subprotocol', async () => {
      const origin = 'https://elsewhere.example';
      const headers = { cookie: 'a=1; b=2', host: 'rebound.example' };
      const peer = await connect('/sockets?user=ann', ['their-own', 'other'], { origin, headers });
      expect(peer.socket.protocol).toBe('their-own');
      expect(await peer.take(1)).toEqual([
        JSON.stringify({
          method: 'GET',
          user: 'ann',
          origin,
          cookie: 'a=1; b=2',
          local: true,
          protocol: 'their-own',
        }),
      ]);
      expect(seen.events).toEqual([['connection', true, '/sockets?user=ann']]);
    });

    it('is not waited for by messages', async () => {
      const peer = await connect('/sockets?wait');
      await peer.take(1);
      expect(await peer.send('echo', 'early').take(1)).toEqual(['"early"']);
    });
  });

  describe('A socket', () => {
    async function greeted(path = '/sockets', options: ClientOptions = {}): Promise<FramePeer> {
      const peer = await connect(path, [], options);
      await peer.take(1);
      return peer;
    }

    it('sends what it is given, and calls back', async () => {
      const peer = await greeted();
      expect(await peer.send('send').take(6)).toEqual([
        'text',
        Buffer.from('buffer'),
        Buffer.of(1, 2),
        Buffer.from('as binary'),
        'as text',
        '["text: written","buffer: written","array: written","as binary: written","as text: written"]',
      ]);
    });

    it('is in server.clients, for broadcasts', async () => {
      const peers = [await greeted(), await greeted(), await greeted()];
      peers[0]?.send('broadcast', { all: true });
      for (const peer of peers.slice(1))
        expect(await peer.take(1)).toEqual(['{"event":"broadcast","data":{"all":true}}']);
      await peers[0]?.ping();
      expect(peers[0]?.frames).toEqual([]);
    });

    it('tells of raw messages, pings and its end, and the gateway of its end', async () => {
      const peer = await greeted('/sockets?raw');
      seen.events.length = 0;
      expect(await peer.send('echo', 1).take(1)).toEqual(['1']);
      peer.socket.send(Buffer.from('{"event":"echo","data":2}'));
      expect(await peer.take(1)).toEqual(['2']);
      peer.socket.ping('anybody?');
      await peer.ping();
      expect(await peer.send('echo', 3).take(1)).toEqual(['3']);
      peer.socket.close(4007, 'done');
      await until(() => seen.events.length === 9);
      expect(seen.events).toEqual([
        ['message', '{"event":"echo","data":1}'],
        ['message', true, '{"event":"echo","data":1}', false],
        ['once'],
        ['message', true, '{"event":"echo","data":2}', true],
        ['ping', 'anybody?'],
        ['ping', ''],
        ['close', 4007, 'done', true],
        ['close', 4007],
        ['disconnect', true, IS_NEST_12 ? 4007 : undefined, false],
      ]);
    });

    it('tells of what breaks a rule, before its end', async () => {
      const peer = await greeted('/sockets?raw');
      seen.events.length = 0;
      // A text message that is no UTF-8 (RFC 6455 §8.1).
      peer.socket.send(Buffer.from([0xff]), { binary: false });
      expect(await peer.closed).toMatchObject({ code: 1007 });
      await until(() => seen.events.length === 4);
      expect(seen.events.map((event) => (event as unknown[])[0])).toEqual(['error', 'close', 'close', 'disconnect']);
    });

    it('closes with a code and a reason', async () => {
      const peer = await greeted();
      seen.events.length = 0;
      peer.send('leave', { code: 4001, reason: 'bye' });
      expect(await peer.closed).toEqual({ code: 4001, reason: 'bye' });
      await until(() => seen.events.length === 3);
      // Which of the two hears first depends on when a listener came.
      expect(seen.events).toEqual(
        expect.arrayContaining([
          ['send', true, 2],
          ['close', 4001, 'bye', false],
          ['disconnect', true, IS_NEST_12 ? 4001 : undefined, false],
        ]),
      );
      expect(peer.frames).toEqual([]);
    });

    it('is dropped', async () => {
      const peer = await greeted();
      peer.send('drop');
      expect((await peer.closed).code).toBe(1006);
    });

    it('has the heartbeat of the README of ws', async () => {
      const alive = await greeted();
      const deaf = await greeted('/sockets', { autoPong: false });
      const pinged = new Promise((resolve) => deaf.socket.once('ping', resolve));
      alive.send('round');
      await pinged;
      await alive.ping();
      // A pong of the one that lives has been on its way before this.
      await alive.ping();
      alive.send('round');
      expect((await deaf.closed).code).toBe(1006);
      expect(await alive.send('echo', 'alive').take(1)).toEqual(['"alive"']);
    });
  });
});
