import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadGatewayException,
  type CanActivate,
  type CallHandler,
  ConflictException,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { concat, map, type Observable, of, throwError } from 'rxjs';
import { GatewayApp } from '../../spec/gateway-app.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { CLOSE_BY_STATUS, CloseCodeFilter, type CloseCodeRule } from './close-code.filter.js';

class RoomClosedError extends Error {}
class VipRoomClosedError extends RoomClosedError {}
class QuotaError extends Error {
  constructor(readonly retriable: boolean) {
    super('the quota of tenant 7 is used up');
  }
}
/** Thrown by a library that does not know of Error. */
class Verdict {
  readonly guilty = true;
}

const RULES: readonly CloseCodeRule[] = [
  [RoomClosedError, 4000],
  [VipRoomClosedError, 4001],
  { when: Verdict, close: 4002, reason: 'a verdict' },
  {
    when: (exception) => exception instanceof QuotaError && exception.retriable,
    close: 1013,
    reason: { retryAfter: 1500, message: 'later' },
  },
  { when: QuotaError, error: 429, message: 'too much' },
  { when: ConflictException, error: 423 },
  { when: 502, error: 503 },
  { when: 418, close: 4003, reason: '' },
  ...CLOSE_BY_STATUS,
];

const EXCEPTIONS: Record<string, () => unknown> = {
  class: () => new RoomClosedError('the room has closed'),
  subclass: () => new VipRoomClosedError('the lounge has closed'),
  'no Error': () => new Verdict(),
  predicate: () => new QuotaError(true),
  'predicate says no': () => new QuotaError(false),
  'class of an HttpException': () => new ConflictException({ message: 'taken', details: { by: 'ann' } }),
  'status to another': () => new BadGatewayException('upstream'),
  '401': () => new UnauthorizedException('who?'),
  '403': () => new ForbiddenException('not your room'),
  '403 of a WsException': () => new WsException({ status: 403, message: 'ws says no' }),
  '418': () => new HttpException('teapot', 418),
  '429': () => new HttpException('slower', 429),
  long: () => new RoomClosedError('🙂'.repeat(100)),
  explicit: () => new CloseConnectionException(4403, 'says so itself'),
  none: () => new HttpException('gone', 410),
  unexpected: () => new TypeError('a secret of the server'),
};

const CLOSES: [which: string, code: number, reason: string][] = [
  ['class', 4000, 'the room has closed'],
  ['subclass', 4000, 'the lounge has closed'],
  ['no Error', 4002, 'a verdict'],
  ['predicate', 1013, '{"retryAfter":1500,"message":"later"}'],
  ['401', 4401, 'who?'],
  ['403', 4403, 'not your room'],
  ['403 of a WsException', 4403, 'ws says no'],
  ['418', 4003, ''],
  ['429', 4429, 'slower'],
  ['long', 4000, '🙂'.repeat(30)],
  ['explicit', 4403, 'says so itself'],
];

const ERRORS: [which: string, error: object][] = [
  ['predicate says no', { status: 429, message: 'too much' }],
  ['class of an HttpException', { status: 423, message: 'taken', details: { by: 'ann' } }],
  ['status to another', { status: 503, message: 'upstream' }],
  ['none', { status: 410, message: 'gone' }],
  ['unexpected', { status: 500, message: 'Internal server error' }],
];

/** Nest hands guards the context, pipes the value: both know which exception is asked for. */
@Injectable()
class Throws implements CanActivate, PipeTransform {
  canActivate(context: ExecutionContext): never {
    throw EXCEPTIONS[context.switchToWs().getData<string>()]?.() as Error;
  }

  transform(which: string): never {
    throw EXCEPTIONS[which]?.() as Error;
  }
}

class ThrowsAfter implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const which = context.switchToWs().getData<string>();
    return next.handle().pipe(
      map(() => {
        throw EXCEPTIONS[which]?.() as Error;
      }),
    );
  }
}

class No implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@UseFilters(new CloseCodeFilter(RULES))
@WebSocketGateway()
class ThrowingGateway {
  @SubscribeMessage(1)
  async throws(@MessageBody() which: string): Promise<never> {
    await Promise.resolve();
    throw EXCEPTIONS[which]?.() as Error;
  }

  @UseGuards(Throws)
  @SubscribeMessage(2)
  guarded(): string {
    return 'never';
  }

  @SubscribeMessage(3)
  piped(@MessageBody(Throws) _data: unknown): string {
    return 'never';
  }

  @UseInterceptors(ThrowsAfter)
  @SubscribeMessage(4)
  intercepted(): string {
    return 'never';
  }

  @SubscribeMessage(5)
  streams(@MessageBody() which: string): Observable<unknown> {
    return concat(
      of('first'),
      throwError(() => EXCEPTIONS[which]?.()),
    );
  }

  @SubscribeMessage(6)
  async *iterates(@MessageBody() which: string): AsyncGenerator<string> {
    yield await Promise.resolve('first');
    throw EXCEPTIONS[which]?.() as Error;
  }

  @UseGuards(No)
  @SubscribeMessage(7)
  denied(): string {
    return 'never';
  }
}

describe('CloseCodeFilter', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  describe.each([
    ['a handler', 1, []],
    ['a guard', 2, []],
    ['a pipe', 3, []],
    ['an interceptor', 4, []],
    ['an Observable', 5, ['first']],
    ['an async iterable', 6, ['first']],
  ] as [string, number, string[]][])('for what %s throws', (_, code, before) => {
    it.each(CLOSES)('%s: closes with %d', async (which, closeCode, reason) => {
      app = await GatewayApp.start({ providers: [ThrowingGateway] });
      const peer = await app.connect();
      peer.send({ userId: 1, code, data: which, id: 1 });
      expect(await peer.closed).toEqual({ code: closeCode, reason });
      expect(peer.received).toEqual(before.map((data) => ({ userId: 1, code, id: 1, data })));
    });

    it.each(ERRORS)('%s: is one error', async (which, error) => {
      app = await GatewayApp.start({ providers: [ThrowingGateway] });
      const peer = await app.connect();
      peer.send({ userId: 1, code, data: which, id: 1 });
      const answers = await peer.take(before.length + 1);
      expect(answers.at(-1)).toEqual({ userId: 1, code, id: 1, error });
      expect(await peer.takeAll()).toEqual([]);
      expect(peer.socket.readyState).toBe(1);
    });
  });

  it('takes a guard that says no, and throws nothing, for a 403', async () => {
    app = await GatewayApp.start({ providers: [ThrowingGateway] });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 7 });
    expect(await peer.closed).toEqual({ code: 4403, reason: 'Forbidden resource' });
    expect(peer.received).toEqual([]);
  });

  it('tells a guard that says no from a WsException that carries no status', () => {
    const filter = new CloseCodeFilter(CLOSE_BY_STATUS);
    expect(filter.outcomeOf(new WsException('Forbidden resource'))).toMatchObject({ closeCode: 4403 });
    expect(filter.outcomeOf(new WsException('forbidden'))).toBeUndefined();
    expect(new CloseCodeFilter([[400, 4000]]).outcomeOf(new WsException('text'))).toBeUndefined();
  });
});

describe('CloseCodeFilter, for handleConnection', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  @Injectable()
  class InjectedFilter extends CloseCodeFilter {
    constructor() {
      super([[RoomClosedError, 4010]]);
    }
  }

  @UseFilters(new CloseCodeFilter([[RoomClosedError, 4009], ...RULES]), InjectedFilter)
  @WebSocketGateway({ path: '/filtered' })
  class FilteredGateway {
    static which = '';

    async handleConnection(): Promise<void> {
      await Promise.resolve();
      throw EXCEPTIONS[FilteredGateway.which]?.() as Error;
    }
  }

  @WebSocketGateway({ path: '/bare' })
  class BareGateway {
    handleConnection(): never {
      throw EXCEPTIONS[FilteredGateway.which]?.() as Error;
    }
  }

  it.each([
    ...CLOSES.filter(([which]) => !['class', 'subclass', 'long'].includes(which)),
    // The last of a class's filters is asked first, as ever in Nest; it is one that Nest has made.
    ['class', 4010, 'the room has closed'],
    ['predicate says no', 4429, 'too much'],
    ['status to another', 1013, 'upstream'],
    ['unexpected', 1011, 'Internal server error'],
  ] as [string, number, string][])('%s: closes with %d', async (which, code, reason) => {
    FilteredGateway.which = which;
    app = await GatewayApp.start({ providers: [FilteredGateway] });
    expect(await app.dial('/filtered').closed).toEqual({ code, reason });
  });

  it.each([
    ['401', 4401, 'who?'],
    ['403', 4403, 'not your room'],
    ['429', 4429, 'slower'],
    ['none', 1011, 'gone'],
    ['class', 1011, 'Internal server error'],
    ['explicit', 4403, 'says so itself'],
  ])('%s: closes with %d without any filter', async (which, code, reason) => {
    FilteredGateway.which = which;
    app = await GatewayApp.start({ providers: [BareGateway] });
    expect(await app.dial('/bare').closed).toEqual({ code, reason });
  });

  it('counts where it is global as well, behind the own ones', async () => {
    FilteredGateway.which = 'class';
    app = await GatewayApp.start({ providers: [BareGateway, FilteredGateway] }, undefined, (nest) =>
      nest.useGlobalFilters(new CloseCodeFilter([[RoomClosedError, 4011]])),
    );
    expect(await app.dial('/bare').closed).toEqual({ code: 4011, reason: 'the room has closed' });
    expect(await app.dial('/filtered').closed).toMatchObject({ code: 4010 });
  });
});

describe('A rule of CloseCodeFilter', () => {
  it.each<[string, CloseCodeRule]>([
    ['a code that a server may not send', { when: Error, close: 1006 }],
    ['a code that nobody may send', [Error, 5000]],
    ['a reason over 123 bytes', { when: Error, close: 4000, reason: 'ü'.repeat(62) }],
    ['a reason over 123 bytes, with its parts', { when: Error, close: 4000, reason: { message: 'x'.repeat(124) } }],
    ['a status that is no error', { when: Error, error: 200 }],
    ['a status that is none', { when: Error, error: 400.5 }],
  ])('can not have %s', (_, rule) => {
    expect(() => new CloseCodeFilter([rule])).toThrow(RangeError);
  });

  it('takes a function that is no class for a question', () => {
    const filter = new CloseCodeFilter([
      [(exception) => exception === 'yes', 4000],
      [
        function asked(exception: unknown) {
          return exception === 'maybe';
        },
        4001,
      ],
      [Error, 4002],
    ]);
    expect(filter.outcomeOf('yes')).toMatchObject({ closeCode: 4000 });
    expect(filter.outcomeOf('maybe')).toMatchObject({ closeCode: 4001 });
    expect(filter.outcomeOf(new RangeError())).toMatchObject({ closeCode: 4002 });
    expect(filter.outcomeOf('no')).toBeUndefined();
    // What nobody expected carries no status, though it would be answered with one.
    expect(new CloseCodeFilter([[500, 4000]]).outcomeOf(new Error('a secret'))).toBeUndefined();
  });
});

describe('CloseConnectionException', () => {
  it('has reasons of parts, and refuses those that are too long', () => {
    expect(new CloseConnectionException(1012, { retryAfter: 1500, message: 'restart' }).closeReason).toBe(
      '{"retryAfter":1500,"message":"restart"}',
    );
    expect(() => new CloseConnectionException(4000, { message: 'x'.repeat(124) })).toThrow(RangeError);
  });
});
