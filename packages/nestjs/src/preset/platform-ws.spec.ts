import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as common from '@nestjs/common';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, type Type, UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import { EventDataCodec, JsonCodec } from '@nestwire/envelope';
import { ManualClock } from '@nestwire/test-support';
import { GatewayApp } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { Public } from '../decorators/public.decorator.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { NestwireMessage } from '../message/nestwire-message.js';
import { CloseCodeFilter } from '../filters/close-code.filter.js';
import type { NestwireOptions } from '../nestwire.options.js';
import type { NestwireServer } from '../server/nestwire-server.js';

/* What WsAdapter has as well is shown on both, in e2e/platform-ws.spec.ts; here is what the preset adds, and what goes beyond. */

const gates = new Map<string, () => void>();
let server: NestwireServer;
let clients: NestwireClient[] = [];

@WebSocketGateway()
class ChatGateway {
  @WebSocketServer()
  readonly server!: NestwireServer;

  handleConnection(client: NestwireClient): void {
    ({ server } = this);
    clients.push(client);
    if (client.request.query === 'fail') throw new Error('no');
  }

  @SubscribeMessage('chat')
  chat(@MessageBody() data: unknown): unknown {
    return data;
  }

  @Public()
  @SubscribeMessage('public')
  open(): string {
    return 'for all';
  }

  @SubscribeMessage(1001)
  numbered(@MessageBody() data: unknown): unknown {
    if (data === 'fail') throw new Error('secret');
    return data;
  }

  @SubscribeMessage('push')
  push(@ConnectedSocket() client: NestwireClient): void {
    client.send(1001, [1]);
    this.server.broadcast(7, 'all');
  }

  @SubscribeMessage('close')
  close(): never {
    throw new CloseConnectionException(4002, 'enough');
  }

  @SubscribeMessage('bigint')
  bigint(): bigint {
    return 1n;
  }

  @SubscribeMessage('never')
  never(): Promise<void> {
    return new Promise(() => undefined);
  }

  @Concurrency(1)
  @SubscribeMessage('in order')
  async inOrder(@MessageBody() name: string): Promise<string> {
    await new Promise<void>((resolve) => gates.set(name, resolve));
    return name;
  }
}

let app: GatewayApp | undefined;

afterEach(async () => {
  for (const open of gates.values()) open();
  gates.clear();
  clients = [];
  await app?.stop();
  app = undefined;
  jest.restoreAllMocks();
});

async function start(options: NestwireOptions = {}, gateways: Type[] = [ChatGateway]): Promise<GatewayApp> {
  return (app = await GatewayApp.start({ providers: gateways }, { preset: 'platform-ws', ...options }));
}

describe("preset: 'platform-ws'", () => {
  it('says at the start what it sets, and leaves out what the application has set', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await start({ silenceTimeoutMs: 60_000 });
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('preset'));
    expect(lines).toEqual([
      'preset platform-ws: order: completion; handlerTimeoutMs: Infinity; messagesPerSecond: Infinity; origins: any; hosts: any; ' +
        'maxMessageBytes: 104857600; maxFragments: 16384; maxUnfinishedBytes: Infinity; pingIntervalMs: Infinity; maxConnections: Infinity; maxConnectionsPerAddress: Infinity; ' +
        'handshakesPerSecond: Infinity; maxStreams: Infinity; slowConsumer: wait; maxOutboundTotalBytes: Infinity; events by name, in {event, data}; replies as bare values; no answer to what is ' +
        "malformed or unknown; exceptions answered by Nest's own filter; no global filters (on Nest 11, nothing global) for gateways; " +
        'any subprotocol; a port without a path takes every path',
    ]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is one of those that there are', async () => {
    await expect(start({ preset: 'socket.io' as 'platform-ws' })).rejects.toThrow(RangeError);
  });

  it('waits for no sign of life, unless it is told to', async () => {
    const clock = new ManualClock();
    const peer = await (await start({ clock })).connect();
    clock.advance(3_600_000);
    expect(await peer.send({ event: 'chat', data: 'alive' }).take(1)).toEqual(['alive']);
    await app?.stop();
    const brief = await (await start({ clock, silenceTimeoutMs: 1000 })).connect();
    clock.advance(1100);
    expect((await brief.closed).code).toBe(4408);
  });

  it('gives handlers all the time that they take, unless it is told otherwise', async () => {
    const clock = new ManualClock();
    const peer = await (await start({ clock, handlerTimeoutMs: 1000 })).connect();
    peer.send({ event: 'never' }, { event: 'chat', data: 1 });
    await peer.take(1);
    clock.advance(1100);
    expect(await peer.take(1)).toEqual([
      {
        event: 'exception',
        data: {
          status: 'error',
          message: 'The handler took too long',
          statusCode: 503,
          cause: { pattern: 'never' },
        },
      },
    ]);
  });

  it('counts what it drops', async () => {
    const peer = await (await start()).connect();
    peer.send('{', { event: 'nobody' }, { event: 'chat', data: 1 });
    await peer.take(1);
    expect(server.counts.dropped).toBe(2);
  });

  it('has pushes in {event, data}, under the code or the name', async () => {
    const peer = await (await start()).connect();
    expect(await peer.send({ event: 'push' }).take(2)).toEqual([
      { event: '1001', data: [1] },
      { event: '7', data: 'all' },
    ]);
  });

  it('closes by an exception that says so', async () => {
    const peer = await (await start()).connect();
    peer.send({ event: 'close' });
    expect(await peer.closed).toEqual({ code: 4002, reason: 'enough' });
    expect(peer.received).toEqual([]);
  });

  it("closes by a CloseCodeFilter's rules, and leaves the rest to Nest", async () => {
    @UseFilters(new CloseCodeFilter([[RangeError, 4003]]))
    @WebSocketGateway()
    class RuledGateway {
      @SubscribeMessage('fail')
      fail(@MessageBody() by: string): never {
        throw by === 'rule' ? new RangeError('out') : new WsException('no rule');
      }
    }
    const peer = await (await start({}, [RuledGateway])).connect();
    peer.send({ event: 'fail', data: 'other' }, { event: 'fail', data: 'rule' });
    expect(await peer.closed).toEqual({ code: 4003, reason: 'out' });
    const answer = { status: 'error', message: 'no rule', cause: { pattern: 'fail', data: 'other' } };
    // On Nest 11 its filter says nothing to a ws socket.
    expect(peer.received).toEqual(
      'StandardSchemaValidationPipe' in common ? [{ event: 'exception', data: answer }] : [],
    );
  });

  it('logs what has no form in JSON, and goes on', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const peer = await (await start()).connect();
    expect(await peer.send({ event: 'bigint' }, { event: 'chat', data: 1 }).take(1)).toEqual([1]);
    expect(error.mock.calls).toEqual([[expect.any(TypeError), { path: '/' }]]);
  });

  it('closes with 1011 what handleConnection throws at', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const peer = (await start()).dial('/?fail');
    expect((await peer.closed).code).toBe(1011);
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('keeps to a decorator that asks for order', async () => {
    const peer = await (await start()).connect();
    peer.send({ event: 'in order', data: 'a' }, { event: 'in order', data: 'b' }, { event: 'chat', data: 'c' });
    expect(await peer.take(1)).toEqual(['c']);
    await until(() => gates.has('a'));
    expect(gates.has('b')).toBe(false);
    gates.get('a')?.();
    await until(() => gates.has('b'));
    gates.get('b')?.();
    expect(await peer.take(2)).toEqual(['a', 'b']);
  });

  it('lets those in who have authenticated, where somebody authenticates; others to what is public', async () => {
    const authenticate: NestwireOptions['authenticate'] = ({ searchParams }) =>
      searchParams.has('ann') ? { userId: 'ann' } : undefined;
    await start({ authenticate });
    const ann = await app?.connect('/?ann');
    expect(await ann?.send({ event: 'chat', data: 1 }).take(1)).toEqual([1]);
    const nobody = await app?.connect('/');
    expect(await nobody?.send({ event: 'public' }).take(1)).toEqual(['for all']);
    expect(await nobody?.send({ event: 'chat' }).take(1)).toEqual([
      {
        event: 'exception',
        data: { status: 'error', message: 'Log in first', statusCode: 401, cause: { pattern: 'chat' } },
      },
    ]);
  });

  it('holds nothing for events on a client that nobody listens to', async () => {
    const peer = await (await start()).connect();
    await peer.send({ event: 'chat', data: 1 }).take(1);
    const [client] = clients as [NestwireClient];
    const before = Reflect.ownKeys(client).length;
    expect(client.listenerCount('message')).toBe(0);
    const heard: unknown[] = [];
    client.on('message', (data, isBinary) => heard.push([data.toString(), isBinary]));
    expect(Reflect.ownKeys(client).length).toBeGreaterThan(before);
    await peer.send({ event: 'chat', data: 2 }).take(1);
    expect(heard).toEqual([['{"event":"chat","data":2}', false]]);
  });

  it('reports what a listener throws, and handles the message', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const peer = await (await start()).connect();
    clients[0]?.on('message', () => {
      throw new Error('from a listener');
    });
    expect(await peer.send({ event: 'chat', data: 1 }).take(1)).toEqual([1]);
    expect(error).toHaveBeenCalledTimes(1);
  });

  it('sends a message whole', async () => {
    await (await start()).connect();
    expect(() => clients[0]?.send('a', { fin: false })).toThrow(TypeError);
    expect(() => clients[0]?.send({} as never)).toThrow(TypeError);
  });
});

describe("Clients beside those of preset: 'platform-ws'", () => {
  it('have envelopes, and answers to what goes wrong, by their subprotocol', async () => {
    await start({ codecs: [new JsonCodec()] });
    const old = await app?.connect('/', ['their-own']);
    const fresh = await app?.connect('/', ['their-own', 'nestwire.v1.json']);
    expect([old?.socket.protocol, fresh?.socket.protocol]).toEqual(['their-own', 'nestwire.v1.json']);
    expect(await old?.send({ event: 1001, data: 'a' }).take(1)).toEqual(['a']);
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    fresh?.send(
      { userId: 1, code: 1001, id: 1, data: 'a' },
      { userId: 1, code: 1001, id: 2, data: 'fail' },
      { userId: 1, code: 404, id: 3 },
    );
    const answers = (await fresh?.take(3)) as { id: number }[];
    // Each leaves when its handler has finished.
    expect(answers.sort((a, b) => a.id - b.id)).toEqual([
      { userId: 1, code: 1001, id: 1, data: 'a' },
      { userId: 1, code: 1001, id: 2, error: { status: 500, message: 'Internal server error' } },
      { userId: 1, code: 404, id: 3, error: { status: 404, message: 'No handler for this code' } },
    ]);
  });

  it('are all, with a defaultCodec of the application', async () => {
    const peer = await (await start({ defaultCodec: new EventDataCodec() })).connect();
    expect(await peer.send({ event: 1001, data: 'a', id: 7 }).take(1)).toEqual([{ event: '1001', data: 'a', id: 7 }]);
  });
});

describe('A bare codec without the preset', () => {
  it("answers as platform-ws does, in Nestwire's order, after the application's filters", async () => {
    @Catch(RangeError)
    class GlobalFilter implements ExceptionFilter {
      catch(_: unknown, host: ArgumentsHost): void {
        NestwireMessage.of(host)?.reply('filtered');
      }
    }

    @WebSocketGateway()
    class CodeGateway {
      @SubscribeMessage(1001)
      async later(@MessageBody() data: unknown): Promise<unknown> {
        await new Promise((resolve) => setImmediate(resolve));
        if (data === 'range') throw new RangeError('no');
        if (data === 'error') throw new CloseConnectionException(4003, 'no');
        return data;
      }
    }
    const defaultCodec = new EventDataCodec({ events: { chat: 1001 }, bare: true });
    app = await GatewayApp.start({ providers: [CodeGateway] }, { defaultCodec }, (nest) =>
      nest.useGlobalFilters(new GlobalFilter()),
    );
    const peer = await app.connect();
    for (const data of [1, 'range', 2, 'error']) peer.send({ event: 'chat', data });
    peer.send('{');
    expect(await peer.take(3)).toEqual([1, 'filtered', 2]);
    expect((await peer.closed).code).toBe(4003);
    expect(peer.received).toEqual([]);
  });
});

describe('Events that can not be told apart', () => {
  @WebSocketGateway()
  class OtherGateway {
    @SubscribeMessage('1001')
    written(): void {
      // Never called.
    }
  }

  @WebSocketGateway()
  class SameGateway {
    @SubscribeMessage('chat')
    chat(): void {
      // Never called.
    }
  }

  @WebSocketGateway({ path: '/elsewhere' })
  class ElsewhereGateway {
    @SubscribeMessage('chat')
    chat(): string {
      return 'elsewhere';
    }
  }

  @WebSocketGateway()
  class ObjectGateway {
    @SubscribeMessage({ cmd: 'chat' } as unknown as string)
    chat(): void {
      // Never called.
    }
  }

  it.each([
    ['a code, and the same code written out', OtherGateway, /ChatGateway\.numbered.*OtherGateway\.written/],
    ['a name', SameGateway, /ChatGateway\.chat.*SameGateway\.chat/],
    ['an object', ObjectGateway, /ObjectGateway\.chat/],
  ])('are refused at the start, with the methods: %s', async (_, gateway, methods) => {
    await expect(start({}, [ChatGateway, gateway])).rejects.toThrow(methods);
  });

  it('are in order on another path', async () => {
    await start({}, [ChatGateway, ElsewhereGateway]);
    const peer = await app?.connect('/elsewhere');
    expect(await peer?.send({ event: 'chat', data: 1 }).take(1)).toEqual(['elsewhere']);
  });

  it('are refused without the preset, which is named', async () => {
    await expect(GatewayApp.start({ providers: [SameGateway] })).rejects.toThrow(/SameGateway\.chat.*platform-ws/);
  });
});
