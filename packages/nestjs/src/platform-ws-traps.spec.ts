import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, type INestApplication, Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { JsonCodec } from '@nestwire/envelope';
import { WebSocket } from 'ws';
import { Peer } from '../spec/gateway-app.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { NestwireAdapter } from './nestwire.adapter.js';

/*
 * What people trip over with @nestjs/platform-ws. Each is shown there first, on the same gateway, and then here: so that what
 * we say of it is true, and stays true.
 */

/** What both adapters are asked to do, each in its own words. */
interface Platform {
  adapter(app: INestApplication): WsAdapter | NestwireAdapter;
  message(code: number, data?: unknown): object;
  /** What the handler has put into its answer. */
  dataOf(message: unknown): unknown;
}

/** How often a message was read. */
let parsed = 0;

const PLATFORM_WS: Platform = {
  adapter: (app) =>
    new WsAdapter(app, {
      messageParser: (data) => {
        parsed++;
        return JSON.parse((data as Buffer).toString()) as never;
      },
    }),
  message: (event, data) => ({ event, data }),
  dataOf: (message) => (message as { data?: unknown }).data,
};

const NESTWIRE: Platform = {
  adapter: (app) => new NestwireAdapter(app),
  message: (code, data) => ({ userId: 1, code, data }),
  dataOf: (message) => (message as { data: { data: unknown } }).data.data,
};

/** A promise that the test settles. */
class Gate {
  open!: () => void;
  readonly promise = new Promise<void>((resolve) => (this.open = resolve));
}

const FENCE = 9;

/** The gateways are made anew for each run: what one adapter does to a class is not to help the other. */
function makeGateways(connecting: () => unknown, gates: ReadonlyMap<string, Gate>): (new () => object)[] {
  @WebSocketGateway()
  class First {
    handleConnection(): unknown {
      return connecting();
    }

    @SubscribeMessage(1)
    echo(@MessageBody() data: unknown): object {
      return { event: 1, data };
    }

    @SubscribeMessage(2)
    async wait(@MessageBody() name: string): Promise<object> {
      await gates.get(name)?.promise;
      return { event: 2, data: name };
    }

    @SubscribeMessage(3)
    fail(): never {
      throw new Error('broken');
    }
  }

  @WebSocketGateway()
  class Second {
    @SubscribeMessage(FENCE)
    fence(): object {
      return { event: FENCE, data: 'fence' };
    }
  }

  @WebSocketGateway()
  class Third {
    @SubscribeMessage(5)
    other(): void {
      // Never called.
    }
  }
  return [First, Second, Third];
}

describe.each([
  ['@nestjs/platform-ws', PLATFORM_WS, true],
  ['Nestwire', NESTWIRE, false],
])('With %s', (_, platform, isTrap) => {
  const gates = new Map(['a', 'b'].map((name) => [name, new Gate()]));
  let app: INestApplication;
  let peers: Peer[];

  beforeEach(() => {
    parsed = 0;
    peers = [];
    for (const name of gates.keys()) gates.set(name, new Gate());
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });

  afterEach(async () => {
    for (const gate of gates.values()) gate.open();
    for (const { socket } of peers) socket.terminate();
    await app.close();
    jest.restoreAllMocks();
  });

  async function connect(
    connecting: () => unknown = () => undefined,
    configure: (app: INestApplication) => void = () => undefined,
  ): Promise<Peer> {
    const module = await Test.createTestingModule({ providers: makeGateways(connecting, gates) }).compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(platform.adapter(app));
    configure(app);
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    const peer = new Peer(new WebSocket(`ws://127.0.0.1:${String(port)}/`));
    peers.push(peer);
    return peer.open();
  }

  async function ping(peer: Peer): Promise<void> {
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
  }

  /** The answer to the last message of another gateway: what came before has been dealt with, one way or the other. */
  async function takeAll(peer: Peer): Promise<unknown[]> {
    peer.send(platform.message(FENCE));
    const all: unknown[] = [];
    for (;;) {
      const [message] = await peer.take(1);
      const text = JSON.stringify(message);
      if (text.includes('fence')) return all;
      all.push(message);
    }
  }

  it(`a message that comes while handleConnection still awaits is ${isTrap ? 'handled' : 'held back'}`, async () => {
    const gate = gates.get('a') as Gate;
    const peer = await connect(() => gate.promise);
    peer.send(platform.message(1, 'early'));
    if (isTrap) {
      expect(await peer.take(1)).toHaveLength(1);
    } else {
      await ping(peer);
      await ping(peer);
      expect(peer.received).toEqual([]);
      gate.open();
      expect(await peer.take(1)).toHaveLength(1);
    }
  });

  it(`replies leave in the order in which ${isTrap ? 'handlers finish' : 'messages came'}`, async () => {
    const peer = await connect();
    peer.send(platform.message(2, 'a'), platform.message(2, 'b'));
    await ping(peer);
    gates.get('b')?.open();
    await ping(peer);
    gates.get('a')?.open();
    expect((await peer.take(2)).map((message) => platform.dataOf(message))).toEqual(isTrap ? ['b', 'a'] : ['a', 'b']);
  });

  it(`what is no JSON, and an unknown code, ${isTrap ? 'vanish' : 'are answered'}`, async () => {
    const peer = await connect();
    peer.send('{"event":', platform.message(404));
    const answers = await takeAll(peer);
    if (isTrap) expect(answers).toEqual([]);
    else expect(answers).toMatchObject([{ error: { status: 400 } }, { code: 404, error: { status: 404 } }]);
  });

  it(`a message is read ${isTrap ? 'once a gateway of its path' : 'once, whatever the number of gateways'}`, async () => {
    const decode = jest.spyOn(JsonCodec.prototype, 'decode');
    const peer = await connect();
    peer.send(platform.message(1, 'x'));
    await peer.take(1);
    await ping(peer);
    expect(isTrap ? parsed : decode.mock.calls.length).toBe(isTrap ? 3 : 1);
  });

  it(`a handleConnection that rejects is ${isTrap ? 'heard by nobody, and the socket stays open' : 'the end of the connection'}`, async () => {
    const failing = Promise.reject(new Error('no'));
    // Ours, so that the test itself does not end in an unhandled rejection.
    failing.then(undefined, () => undefined);
    const then = jest.spyOn(failing, 'then');
    const peer = await connect(() => failing);
    if (isTrap) {
      await ping(peer);
      expect(then).not.toHaveBeenCalled();
      expect(peer.socket.readyState).toBe(WebSocket.OPEN);
    } else {
      expect((await peer.closed).code).toBe(1011);
      expect(then).toHaveBeenCalled();
    }
  });

  it(`a global exception filter is ${isTrap ? 'not asked' : 'asked'}`, async () => {
    const caught: unknown[] = [];

    @Catch()
    class GlobalFilter implements ExceptionFilter {
      catch(exception: unknown, host: ArgumentsHost): void {
        caught.push(exception);
        NestwireMessage.of(host)?.error({ status: 418, message: 'by the filter' });
      }
    }
    const peer = await connect(undefined, (nest) => nest.useGlobalFilters(new GlobalFilter()));
    peer.send(platform.message(3));
    const answers = await takeAll(peer);
    expect(caught).toHaveLength(isTrap ? 0 : 1);
    if (!isTrap) expect(answers).toMatchObject([{ code: 3, error: { status: 418 } }]);
  });

  it(`app.close() shows the client ${isTrap ? '1006, an abnormal end' : '1001, by a closing handshake'}`, async () => {
    const peer = await connect();
    await app.close();
    expect((await peer.closed).code).toBe(isTrap ? 1006 : 1001);
  });
});
