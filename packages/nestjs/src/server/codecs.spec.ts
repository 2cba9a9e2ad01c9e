import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import { HttpException, Logger } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EncodeOnce, type EnvelopeCodec, EventDataCodec, JsonCodec } from '@nestwire/envelope';
import { MessagePackCodec } from '@nestwire/envelope/msgpack';
import { buildFrame, MASKING_KEY, RawClient, upgradeRequest } from '@nestwire/test-support';
import { type Observable, of } from 'rxjs';
import { GatewayApp } from '../../spec/gateway-app.js';
import { NestwireClient } from '../client/nestwire-client.js';
import { UserId } from '../decorators/user-id.decorator.js';
import { Reply } from '../message/reply.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { CodecTable } from './codec-table.js';

@WebSocketGateway()
class EchoGateway {
  static readonly clients = new Set<NestwireClient>();

  handleConnection(client: NestwireClient): void {
    EchoGateway.clients.add(client);
  }

  handleDisconnect(client: NestwireClient): void {
    EchoGateway.clients.delete(client);
  }

  @SubscribeMessage(1001)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(1002)
  whoami(@UserId() userId: unknown): string {
    return String(userId);
  }

  @SubscribeMessage(1003)
  stream(): Observable<number> {
    return of(1, 2);
  }

  @SubscribeMessage(1004)
  fails(): never {
    throw new HttpException({ message: 'no', details: { due: 1 } }, 402);
  }

  @SubscribeMessage(1005)
  pushes(@ConnectedSocket() client: NestwireClient): Reply {
    client.send(2001, { pushed: true });
    return new Reply(1006, 'replied');
  }

  @SubscribeMessage(1007)
  big(): bigint {
    return 1n;
  }

  @SubscribeMessage(1008)
  bigDetails(): never {
    throw new HttpException({ message: 'why', details: 1n }, 409);
  }

  @SubscribeMessage(1009)
  moved(): object {
    return { event: 'moved', data: 'there' };
  }
}

const msgpack = new MessagePackCodec();
const events = new EventDataCodec({ events: { echo: 1001, stream: 1003, fails: 1004, pushed: 2001 } });

describe('The format of a connection', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  async function start(options?: NestwireOptions): Promise<void> {
    app = await GatewayApp.start({ providers: [EchoGateway] }, options);
  }

  it('is chosen by its subprotocol: all of them live side by side on one server', async () => {
    await start({ codecs: [new JsonCodec(), msgpack, events] });
    const [none, json, packed, legacy] = await Promise.all([
      app.connect(),
      app.connect('/', ['nestwire.v1.json']),
      app.connect('/', ['unknown', 'nestwire.v1.msgpack', 'nestwire.v1.json']),
      app.connect('/', ['nestwire.v1.event-data']),
    ]);
    expect([none, json, packed, legacy].map(({ socket }) => socket.protocol)).toEqual([
      '',
      'nestwire.v1.json',
      'nestwire.v1.msgpack',
      'nestwire.v1.event-data',
    ]);
    for (const peer of [none, json]) peer.send({ userId: 1, code: 1001, data: { a: [1] }, id: 'i' });
    packed.send(encode({ userId: 1, code: 1001, data: { a: [1] }, id: 'i' }));
    legacy.send({ event: 'echo', data: { a: [1] } });
    const reply = { userId: 1, code: 1001, data: { a: [1] }, id: 'i' };
    expect(await none.take(1)).toEqual([reply]);
    expect(await json.take(1)).toEqual([reply]);
    expect((await packed.take(1)).map((message) => decode(message as Buffer))).toEqual([reply]);
    expect(await legacy.take(1)).toEqual([{ event: 'echo', data: { a: [1] } }]);
  });

  it('is JSON for a client that offers only what is not known here, and none is chosen', async () => {
    await start({ codecs: [msgpack] });
    // The `ws` client, as browsers do, gives up when none of what it offered is chosen.
    const raw = await RawClient.connect(app.port);
    raw.write(upgradeRequest('/', 'Sec-WebSocket-Protocol: unknown, other'));
    const { status, headers } = await raw.response();
    expect([status, headers['sec-websocket-protocol']]).toEqual([101, undefined]);
    raw.write(buildFrame({ opcode: 1, payload: '{"userId":1,"code":1002}', maskingKey: MASKING_KEY }));
    expect((await raw.frame()).payload.toString()).toBe('{"userId":1,"code":1002,"data":"1"}');
    raw.destroy();
  });

  it('can be JSON by its name even where only others were listed', async () => {
    await start({ codecs: [msgpack] });
    expect((await app.connect('/', ['nestwire.v1.json'])).socket.protocol).toBe('nestwire.v1.json');
  });

  it('carries bytes, streams, errors and pushes in MessagePack', async () => {
    await start({ codecs: [msgpack] });
    const peer = await app.connect('/', ['nestwire.v1.msgpack']);
    const ask = async (count: number, message: object): Promise<unknown[]> => {
      peer.send(encode({ userId: 'ann', ...message }));
      return (await peer.take(count)).map((answer) => decode(new Uint8Array(answer as Buffer)));
    };
    const answered = { userId: 'ann' };
    expect(await ask(1, { code: 1001, data: new Uint8Array([1, 2]) })).toEqual([
      { ...answered, code: 1001, data: new Uint8Array([1, 2]) },
    ]);
    expect(await ask(3, { code: 1003, id: 1 })).toEqual([
      { ...answered, code: 1003, id: 1, data: 1 },
      { ...answered, code: 1003, id: 1, data: 2 },
      { ...answered, code: 1003, id: 1, done: true },
    ]);
    expect(await ask(1, { code: 1004 })).toEqual([
      { ...answered, code: 1004, error: { status: 402, message: 'no', details: { due: 1 } } },
    ]);
    expect(await ask(2, { code: 1005 })).toEqual([
      { code: 2001, data: { pushed: true } },
      { ...answered, code: 1006, data: 'replied' },
    ]);
    expect(await ask(1, { id: 7 })).toMatchObject([{ userId: 'ann', code: 0, id: 7, error: { status: 400 } }]);
    peer.send(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]));
    expect(decode((await peer.take(1))[0] as Buffer)).toMatchObject({ code: 0, error: { status: 400 } });
  });

  it('speaks to clients of platform-ws in their own words, whoever they are', async () => {
    await start({ defaultCodec: events });
    const peer = await app.connect();
    peer.send({ event: 'echo', data: 1 }, { event: 1002 }, { event: '1002', userId: 'ann' }, { event: 'stream' });
    peer.send({ event: 'fails' }, { event: 'nobody' }, { event: 1005 }, { event: 1009 }, 'no JSON');
    expect(await peer.take(11)).toEqual([
      { event: 'echo', data: 1 },
      { event: '1002', data: 'undefined' },
      { event: '1002', data: 'ann', userId: 'ann' },
      { event: 'stream', data: 1 },
      { event: 'stream', data: 2 },
      {
        event: 'exception',
        data: { status: 'error', message: 'no', statusCode: 402, details: { due: 1 }, cause: { pattern: 'fails' } },
      },
      { event: 'exception', data: { status: 'error', message: expect.any(String), statusCode: 404 } },
      { event: 'pushed', data: { pushed: true } },
      { event: '1006', data: 'replied' },
      { event: 'moved', data: 'there' },
      { event: 'exception', data: { status: 'error', message: expect.any(String), statusCode: 400 } },
    ]);
  });

  it('does not have a client closed that names unknown events, however often', async () => {
    await start({ defaultCodec: events, maxMalformedMessages: 2 });
    const peer = await app.connect();
    for (let time = 0; time < 10; time++) peer.send({ event: 'nobody' });
    expect(await peer.take(10)).toHaveLength(10);
    expect(peer.socket.readyState).toBe(1);
  });

  it.each([
    ['binary to a text-only codec', 'nestwire.v1.json', new Uint8Array([1])],
    ['text to a binary-only codec', 'nestwire.v1.msgpack', '{"userId":1,"code":1001}'],
    ['binary to {event, data}', 'nestwire.v1.event-data', new Uint8Array([1])],
  ])('is kept to: %s is 1003', async (_, protocol, message) => {
    await start({ codecs: [msgpack, events] });
    const peer = await app.connect('/', [protocol]);
    peer.send(message);
    expect(await peer.closed).toMatchObject({ code: 1003 });
  });

  it.each([
    ['what a handler returns', 1007, { status: 500, message: 'Internal server error' }],
    ["an exception's details", 1008, { status: 409, message: 'why' }],
  ])('can not carry %s: that is an error, and no more', async (_, code, error) => {
    await start({ codecs: [msgpack] });
    for (const protocol of ['nestwire.v1.json', 'nestwire.v1.msgpack']) {
      const peer = await app.connect('/', [protocol]);
      const message = { userId: 1, code };
      peer.send(protocol === 'nestwire.v1.json' ? message : encode(message));
      const [answer] = await peer.take(1);
      expect(answer instanceof Uint8Array ? decode(answer) : answer).toEqual({ userId: 1, code, error });
    }
  });

  it("is the application's own to answer for: one that throws on input costs that message only", async () => {
    class Fragile extends JsonCodec {
      override decode(message: string): ReturnType<JsonCodec['decode']> {
        if (message === 'boom') throw new Error('a bug');
        return super.decode(message);
      }
    }
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start({ codecs: [new Fragile()] });
    const peer = await app.connect();
    peer.send('boom', { userId: 1, code: 1002 });
    expect(await peer.take(2)).toMatchObject([
      { code: 0, error: { status: 400 } },
      { code: 1002, data: '1' },
    ]);
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });

  it('is encoded in once for all who speak it, when a message is for many', async () => {
    const encodings = jest.spyOn(msgpack, 'encode');
    await start({ codecs: [msgpack, events] });
    const protocols = ['nestwire.v1.json', 'nestwire.v1.msgpack', 'nestwire.v1.event-data'];
    const peers = await Promise.all([...protocols, ...protocols].map((protocol) => app.connect('/', [protocol])));
    const message = new EncodeOnce({ code: 2001, data: 'to all' });
    for (const client of EchoGateway.clients) client.send(message.as(client.codec));
    for (const [index, peer] of peers.entries()) {
      const [received] = await peer.take(1);
      if (index % 3 === 0) expect(received).toEqual({ code: 2001, data: 'to all' });
      if (index % 3 === 1) expect(decode(received as Buffer)).toEqual({ code: 2001, data: 'to all' });
      if (index % 3 === 2) expect(received).toEqual({ event: 'pushed', data: 'to all' });
    }
    expect(encodings).toHaveBeenCalledTimes(1);
    encodings.mockRestore();
  });

  it('is encoded in once a message', async () => {
    const encodings = jest.spyOn(msgpack, 'encode');
    await start({ codecs: [msgpack] });
    const peer = await app.connect('/', ['nestwire.v1.msgpack']);
    for (let time = 0; time < 5; time++) peer.send(encode({ userId: 1, code: 1001, data: time }));
    await peer.take(5);
    expect(encodings).toHaveBeenCalledTimes(5);
    encodings.mockRestore();
  });
});

describe('The formats of an application', () => {
  const named = (name: string, opcode: string): EnvelopeCodec => Object.assign(new JsonCodec(), { name, opcode });

  it.each([
    ['a name that no subprotocol can be', { codecs: [named('two words', 'text')] }],
    ['no name', { codecs: [named('', 'text')] }],
    ['an opcode that is none', { codecs: [named('a', 'blob')] }],
    ['two of one name', { codecs: [named('a', 'text'), named('a', 'text')] }],
    ['another default of the same name', { codecs: [named('a', 'text')], defaultCodec: named('a', 'text') }],
  ])('can not have %s', (_, options) => {
    expect(() => new CodecTable(options)).toThrow(RangeError);
  });

  it('have JSON for their default, the own one if there is one', () => {
    const json = new JsonCodec();
    expect(new CodecTable({ codecs: [msgpack, json] }).select(undefined)).toBe(json);
    expect(new CodecTable({ codecs: [msgpack] }).names).toEqual(['nestwire.v1.msgpack', 'nestwire.v1.json']);
    expect(new CodecTable({ codecs: [msgpack], defaultCodec: msgpack }).names).toEqual(['nestwire.v1.msgpack']);
    expect(new CodecTable({}).names).toEqual(['nestwire.v1.json']);
  });
});
