import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  type INestApplication,
  Logger,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UnprocessableEntityException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { defineContract, type } from '@nestwire/envelope';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { from, type Observable } from 'rxjs';
import { z } from 'zod';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { NestwireClient } from '../client/nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { Public } from '../decorators/public.decorator.js';
import { CloseCodeFilter } from '../filters/close-code.filter.js';
import type { ReplyOf, RequestOf } from '../index.js';
import { NestwireMessage } from '../message/nestwire-message.js';
import { Reply } from '../message/reply.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { NestwireServer } from '../server/nestwire-server.js';

const room = z.object({
  room: z.string().min(2),
  seats: z.array(z.object({ row: z.number() })).default([]),
  at: z.string().transform((text) => text.length),
});

/** Passes what is a string, in its own time. */
const slow = z.string().refine(async (text) => {
  await Promise.resolve();
  return text !== 'taken';
}, 'is taken');

const broken = z.unknown().transform((): never => {
  throw new Error('secret of the schema');
});

/** Not of Zod, which begins an asynchronous schema twice, and leaves the first rejection to the process. */
const rejecting: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'spec', validate: () => Promise.reject(new Error('secret of the schema')) },
};

const looked: unknown[] = [];

/** Notes that it was asked. */
const watched = z.unknown().transform((value) => {
  looked.push(value);
  return 'validated';
});

const chat = defineContract('chat', {
  enter: { code: 1, request: room, reply: z.unknown() },
  room: { code: 2, request: room, reply: z.string() },
  bare: { code: 3, request: room },
  name: { code: 4, request: slow, reply: z.string() },
  broken: { code: 5, request: broken },
  rejecting: { code: 6, request: rejecting },
  unchecked: { code: 7, request: room },
  filtered: { code: 8, request: room },
  closing: { code: 9, request: room },
  guarded: { code: 10, request: watched },
  around: { code: 11, request: watched },
  together: { code: 12, request: slow, reply: z.string() },
  numbers: { code: 13, request: z.object({ to: z.int().default(3) }).default({ to: 2 }), reply: z.int(), stream: true },
  other: { code: 14, request: type<number>() },
  open: { code: 15 },
  said: { code: 100, push: type<{ readonly text: string }>() },
  logIn: { code: 16, request: z.object({ token: z.string() }) },
});

@Catch(UnprocessableEntityException)
class TellingFilter implements ExceptionFilter {
  catch(exception: HttpException, host: ArgumentsHost): void {
    const { details } = exception.getResponse() as { details: unknown };
    NestwireMessage.of(host)?.error({ status: 418, message: String(host.switchToWs().getPattern()), details });
  }
}

class No implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Says what it sees of the data, as guard, interceptor and pipe. */
class Onlooker implements CanActivate, NestInterceptor, PipeTransform {
  canActivate(context: ExecutionContext): boolean {
    looked.push(['guard', context.switchToWs().getData<unknown>(), String(context.switchToWs().getPattern())]);
    return true;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    looked.push(['interceptor', context.switchToWs().getData<unknown>(), NestwireMessage.of(context)?.data]);
    return next.handle();
  }

  transform(value: unknown): unknown {
    if (!(value instanceof NestwireClient)) looked.push(['pipe', value]);
    return value;
  }
}

const onlooker = new Onlooker();

class Base {
  @SubscribeMessage(chat.enter)
  enter(@MessageBody() data: RequestOf<typeof chat.enter>): ReplyOf<typeof chat.enter> {
    return data;
  }
}

@WebSocketGateway()
class ChatGateway extends Base {
  @WebSocketServer()
  private readonly server!: NestwireServer;

  @SubscribeMessage(chat.room)
  room(@MessageBody('room') name: string): ReplyOf<typeof chat.room> {
    return name;
  }

  @SubscribeMessage(chat.bare)
  bare(_client: NestwireClient, data: RequestOf<typeof chat.bare>): unknown {
    return data;
  }

  @SubscribeMessage(chat.name)
  name(@MessageBody() data: string): string {
    return data;
  }

  @SubscribeMessage(chat.broken)
  broken(): string {
    return 'never';
  }

  @SubscribeMessage(chat.rejecting)
  rejecting(): string {
    return 'never';
  }

  @SubscribeMessage(chat.unchecked.code)
  unchecked(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseFilters(TellingFilter)
  @SubscribeMessage(chat.filtered)
  filtered(): string {
    return 'never';
  }

  @UseFilters(new CloseCodeFilter([{ when: 422, close: 4000, reason: 'unfit' }]))
  @SubscribeMessage(chat.closing)
  closing(): string {
    return 'never';
  }

  @UseGuards(No)
  @SubscribeMessage(chat.guarded)
  guarded(): string {
    return 'never';
  }

  @UseGuards(onlooker)
  @UseInterceptors(onlooker)
  @UsePipes(onlooker)
  @SubscribeMessage(chat.around)
  around(@MessageBody() data: unknown): unknown {
    return data;
  }

  @Concurrency(8)
  @SubscribeMessage(chat.together)
  together(@MessageBody() data: string): string {
    return data;
  }

  @SubscribeMessage(chat.numbers)
  numbers(@MessageBody() { to }: RequestOf<typeof chat.numbers>): Observable<ReplyOf<typeof chat.numbers>> {
    return from(Array.from({ length: to }, (_, i) => i + 1));
  }

  @SubscribeMessage(chat.other)
  other(@ConnectedSocket() client: NestwireClient): Reply<typeof chat.said> {
    client.send(chat.said, { text: 'pushed' });
    this.server.broadcast(chat.said, { text: 'to all' });
    return new Reply(chat.said, { text: 'replied' });
  }

  @SubscribeMessage(chat.open)
  open(@MessageBody() data: unknown): unknown {
    return data;
  }

  @Public()
  @SubscribeMessage(chat.logIn)
  logIn(@MessageBody('token') token: string, @ConnectedSocket() client: NestwireClient): string {
    client.authenticate({ userId: 1 });
    return token;
  }
}

const UNFIT = { room: 'b', seats: [{ row: 1 }, { row: 'x' }], at: '' };
const FIT = { room: 'blue', at: 'noon' };

describe('A contract at a gateway', () => {
  let app: GatewayApp;
  let errors: unknown[];

  beforeEach(() => {
    looked.length = 0;
    errors = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((error: unknown) => void errors.push(error));
  });

  afterEach(async () => {
    await app.stop();
    jest.restoreAllMocks();
  });

  async function connect(configure?: (app: INestApplication) => void, options?: NestwireOptions): Promise<Peer> {
    app = await GatewayApp.start({ providers: [ChatGateway] }, options, configure);
    return app.connect();
  }

  it('gives the handler what the schema makes of the data: defaults and transforms', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 1, data: { ...FIT, more: 1 } }, { userId: 1, code: 1, data: FIT, id: 1 });
    expect(await peer.take(2)).toEqual([
      { userId: 1, code: 1, data: { room: 'blue', seats: [], at: 4 } },
      { userId: 1, code: 1, id: 1, data: { room: 'blue', seats: [], at: 4 } },
    ]);
  });

  it('answers what does not fit with 422 and where, with and without an id', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 1, data: UNFIT }, { userId: 1, code: 1, data: UNFIT, id: 'i' });
    const error = {
      status: 422,
      message: 'Validation failed',
      details: [
        { path: 'room', message: expect.stringMatching(/./) },
        { path: 'seats.1.row', message: expect.stringMatching(/./) },
      ],
    };
    expect(await peer.takeAll()).toEqual([
      { userId: 1, code: 1, error },
      { userId: 1, code: 1, id: 'i', error },
    ]);
    expect(errors).toEqual([]);
  });

  it('validates data that is absent', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 1, id: 1 }, { userId: 1, code: 13, id: 2 });
    expect(await peer.take(4)).toEqual([
      {
        userId: 1,
        code: 1,
        id: 1,
        error: expect.objectContaining({ status: 422, details: [expect.objectContaining({ path: '' })] }),
      },
      { userId: 1, code: 13, id: 2, data: 1 },
      { userId: 1, code: 13, id: 2, data: 2 },
      { userId: 1, code: 13, id: 2, done: true },
    ]);
  });

  it("picks a field, and finds Nest's own default parameters, from what was validated", async () => {
    const peer = await connect();
    peer.send(
      { userId: 1, code: 2, data: FIT, id: 1 },
      { userId: 1, code: 2, data: { ...FIT, at: 5 }, id: 2 },
      { userId: 1, code: 3, data: FIT, id: 3 },
    );
    expect(await peer.take(3)).toMatchObject([
      { id: 1, data: 'blue' },
      { id: 2, error: { status: 422, details: [{ path: 'at' }] } },
      { id: 3, data: { seats: [], at: 4 } },
    ]);
  });

  it('awaits a schema that takes its time', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 4, data: 'free', id: 1 }, { userId: 1, code: 4, data: 'taken', id: 2 });
    expect(await peer.take(2)).toEqual([
      { userId: 1, code: 4, id: 1, data: 'free' },
      {
        userId: 1,
        code: 4,
        id: 2,
        error: { status: 422, message: 'Validation failed', details: [{ path: '', message: 'is taken' }] },
      },
    ]);
  });

  it.each([
    ['throws', 5],
    ['rejects', 6],
  ])('answers with 500, and tells nothing, where a schema %s', async (_, code) => {
    const peer = await connect();
    peer.send({ userId: 1, code, data: 'input', id: 1 });
    expect(await peer.takeAll()).toEqual([
      { userId: 1, code, id: 1, error: { status: 500, message: 'Internal server error' } },
    ]);
    expect(errors).toHaveLength(1);
  });

  it('validates nothing for a code that stands alone, or an entry without a request', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 7, data: UNFIT, id: 1 }, { userId: 1, code: 15, data: UNFIT, id: 2 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: UNFIT },
      { id: 2, data: UNFIT },
    ]);
  });

  it('goes through the filters: of the handler, the table of close codes, the application', async () => {
    const peer = await connect((nest) => nest.useGlobalFilters(new TellingFilter()));
    peer.send({ userId: 1, code: 8, data: UNFIT, id: 1 }, { userId: 1, code: 1, data: UNFIT, id: 2 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, error: { status: 418, message: 'chat.filtered (8)', details: [{ path: 'room' }, {}] } },
      { id: 2, error: { status: 418, message: 'chat.enter (1)' } },
    ]);
    peer.send({ userId: 1, code: 9, data: UNFIT });
    expect(await peer.closed).toEqual({ code: 4000, reason: 'unfit' });
  });

  it('is looked at behind all guards: who may not send a message is told so first', async () => {
    const peer = await connect((nest) => nest.useGlobalGuards(onlooker));
    peer.send({ userId: 1, code: 10, data: 'raw', id: 1 });
    expect(await peer.take(1)).toMatchObject([{ id: 1, error: { status: 403 } }]);
    expect(looked).toEqual([['guard', 'raw', 'chat.guarded (10)']]);
  });

  it('is looked at before interceptors and pipes, which get what was validated', async () => {
    const peer = await connect((nest) => nest.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true })));
    peer.send({ userId: 1, code: 11, data: 'raw', id: 1 });
    expect(await peer.take(1)).toMatchObject([{ id: 1, data: 'validated' }]);
    expect(looked).toEqual([
      ['guard', 'raw', 'chat.around (11)'],
      'raw',
      ['interceptor', 'validated', 'raw'],
      ['pipe', 'validated'],
    ]);
  });

  it('keeps the order of messages that are handled together', async () => {
    const peer = await connect();
    const names = ['a', 'taken', 'b', 5, 'c'];
    peer.send(...names.map((data, id) => ({ userId: 1, code: 12, data, id })));
    expect(await peer.take(5)).toMatchObject([
      { id: 0, data: 'a' },
      { id: 1, error: { status: 422 } },
      { id: 2, data: 'b' },
      { id: 3, error: { status: 422 } },
      { id: 4, data: 'c' },
    ]);
  });

  it('says what goes out: a push, and a reply under another entry', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 14, data: 1, id: 1 });
    expect(await peer.take(3)).toEqual([
      { code: 100, data: { text: 'pushed' } },
      { code: 100, data: { text: 'to all' } },
      { userId: 1, code: 100, id: 1, data: { text: 'replied' } },
    ]);
  });

  it('has public entries', async () => {
    const peer = await connect(undefined, { authentication: 'required' });
    peer.send(
      { code: 4, data: 'free', id: 1 },
      { code: 16, data: {}, id: 2 },
      { code: 16, data: { token: 't' }, id: 3 },
      { code: 4, data: 'free', id: 4 },
    );
    expect(await peer.take(4)).toMatchObject([
      { id: 1, error: { status: 401 } },
      { id: 2, error: { status: 422, details: [{ path: 'token' }] } },
      { id: 3, data: 't' },
      { id: 4, data: 'free' },
    ]);
  });

  it('tells filters of one pattern, whether Nest’s handler was called or not', async () => {
    const peer = await connect((nest) => nest.useGlobalFilters(new PatternFilter()), { authentication: 'required' });
    peer.send({ code: 1, id: 1 }, { code: 16, id: 2 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, error: { status: 401, message: 'chat.enter (1)' } },
      { id: 2, error: { status: 422, message: 'chat.logIn (16)' } },
    ]);
  });

  it('reads well in the log of the start', async () => {
    const logged = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    await connect();
    expect(logged.mock.calls.map(([text]) => text as unknown)).toContain(
      'ChatGateway subscribed to the "chat.enter (1)" message',
    );
  });

  it('is kept to in a gateway that is made for each connection', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Who {
      constructor(@Inject(REQUEST) readonly client: NestwireClient) {}
    }
    @WebSocketGateway({ path: '/scoped' })
    class ScopedGateway {
      constructor(private readonly who: Who) {}

      @SubscribeMessage(chat.enter)
      enter(@ConnectedSocket() client: NestwireClient, @MessageBody() data: RequestOf<typeof chat.enter>): unknown {
        return { data, mine: this.who.client === client };
      }
    }
    app = await GatewayApp.start({ providers: [ScopedGateway, Who] });
    const peer = await app.connect('/scoped');
    peer.send({ userId: 1, code: 1, data: FIT, id: 1 }, { userId: 1, code: 1, data: UNFIT, id: 2 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: { data: { at: 4, seats: [] }, mine: true } },
      { id: 2, error: { status: 422, details: [{ path: 'room' }, { path: 'seats.1.row' }] } },
    ]);
  });
});

@Catch(HttpException)
class PatternFilter implements ExceptionFilter {
  catch(exception: HttpException, host: ArgumentsHost): void {
    NestwireMessage.of(host)?.error({
      status: exception.getStatus(),
      message: String(host.switchToWs().getPattern()),
    });
  }
}

describe('An application that uses a contract wrongly', () => {
  const start = (gateway: new () => object): Promise<GatewayApp> => GatewayApp.start({ providers: [gateway] });

  it('does not start where a code is an entry’s as well', async () => {
    @WebSocketGateway()
    class Twice {
      @SubscribeMessage(chat.enter)
      one(): void {}

      @SubscribeMessage(1)
      other(): void {}
    }
    await expect(start(Twice)).rejects.toThrow(/Twice\.one .*Twice\.other .*both subscribe to/);
  });

  it('does not start where a gateway waits for what the server alone sends', async () => {
    @WebSocketGateway()
    class Waiting {
      @SubscribeMessage(chat.said)
      said(): void {}
    }
    await expect(start(Waiting)).rejects.toThrow('chat.said (100)');
  });

  it('is told what a reply’s code can be', () => {
    expect(() => new Reply(0)).toThrow(RangeError);
    expect(() => new Reply({} as typeof chat.open)).toThrow(RangeError);
    expect(new Reply(chat.said, { text: '' })).toMatchObject({ code: 100, data: { text: '' } });
  });
});

/** Compiled, and never called. */
export function typesOf(client: NestwireClient, server: NestwireServer): void {
  client.send(chat.said, { text: 'said' });
  client.send(chat.open);
  client.send(chat.open, 1);
  client.send(1001, { any: 'thing' });
  server.to('room').send(chat.said, { text: 'said' });
  server.broadcast(chat.said, { text: 'said' });
  server.broadcast(1001);
  // @ts-expect-error `text` is a string
  server.to('room').send(chat.said, { text: 1 });
  // @ts-expect-error it has data
  server.broadcast(chat.said);
  const reply: Reply = new Reply(chat.room, 'blue');
  // @ts-expect-error `text` is a string
  client.send(chat.said, { text: 1 });
  // @ts-expect-error it has data
  client.send(chat.said);
  // @ts-expect-error nothing is pushed under it
  client.send(chat.room, 'blue');
  // @ts-expect-error it is answered with a string
  void new Reply(chat.room, 5);
  // @ts-expect-error the handler gets a number
  const at: string = (reply as unknown as RequestOf<typeof chat.enter>).at;
  void at;
}
