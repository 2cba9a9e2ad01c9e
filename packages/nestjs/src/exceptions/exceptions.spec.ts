import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  type CallHandler,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  HttpStatus,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { concat, map, type Observable, of, throwError } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { CloseCodeFilter } from '../filters/close-code.filter.js';
import { NestwireMessage } from '../message/nestwire-message.js';
import { CloseConnectionException } from './close-connection.exception.js';

const INTERNAL = { status: 500, message: 'Internal server error' };

class TeapotError extends Error {}
class SilentError extends Error {}
class SaysError extends Error {}
class LaterError extends Error {}
class TranslatedError extends Error {}
class BrokenFilterError extends Error {}
class LegacyError extends Error {}
class OwnWordsError extends Error {}
class ClosesError extends Error {}

/** Handles without a word: the client must not be told of a success. */
@Catch(SilentError)
class SilentFilter implements ExceptionFilter {
  catch(): void {
    // Nothing.
  }
}

@Catch(SaysError)
class SayingFilter implements ExceptionFilter {
  catch(_exception: SaysError, host: ArgumentsHost): void {
    NestwireMessage.of(host)?.error({ status: 418, message: 'said by a filter' });
  }
}

@Injectable()
@Catch(LaterError)
class LaterFilter implements ExceptionFilter {
  async catch(_exception: LaterError, host: ArgumentsHost): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    NestwireMessage.of(host)?.error({ status: 418, message: 'said later' });
  }
}

@Catch(TranslatedError)
class TranslatingFilter implements ExceptionFilter {
  catch(): never {
    throw new HttpException('translated', HttpStatus.CONFLICT);
  }
}

@Catch(BrokenFilterError)
class BrokenLaterFilter implements ExceptionFilter {
  async catch(): Promise<never> {
    await Promise.resolve();
    throw new TypeError('the filter itself is broken');
  }
}

@Catch(LegacyError)
class LegacyFilter extends BaseWsExceptionFilter {
  override catch(_exception: LegacyError, host: ArgumentsHost): void {
    super.catch(new WsException('legacy'), host);
  }
}

@Catch(OwnWordsError)
class OwnWordsFilter implements ExceptionFilter {
  catch(_exception: OwnWordsError, host: ArgumentsHost): void {
    const client: NestwireClient = host.switchToWs().getClient();
    client.send(JSON.stringify({ event: 'exception', data: { message: 'in my own words' } }));
  }
}

class No implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class ThrowingGuard implements CanActivate {
  canActivate(): never {
    throw new ForbiddenException('members only');
  }
}

class ThrowingPipe implements PipeTransform {
  transform(): never {
    throw new BadRequestException(['a', 'b']);
  }
}

class Through implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

class ThrowingAfter implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map(() => {
        throw new SilentError();
      }),
    );
  }
}

const ERRORS: Record<string, () => unknown> = {
  unexpected: () => new Error('a secret of the server'),
  'no error at all': () => 'just a string',
  http: () => new HttpException('gone', HttpStatus.GONE),
  ws: () => new WsException('ws text'),
  'ws object': () => new WsException({ status: 402, message: 'pay', details: { due: 1 } }),
  'ws object without status': () => new WsException({ message: 'hm' }),
  silent: () => new SilentError(),
  says: () => new SaysError(),
  later: () => new LaterError(),
  translated: () => new TranslatedError(),
  'broken filter': () => new BrokenFilterError(),
  teapot: () => new TeapotError(),
};

const FILTERS = [
  SilentFilter,
  SayingFilter,
  LaterFilter,
  TranslatingFilter,
  new BrokenLaterFilter(),
  LegacyFilter,
  OwnWordsFilter,
];

/** Every way to fail, with and without an interceptor around it. */
@UseFilters(new CloseCodeFilter([[ClosesError, 4000]]), ...FILTERS)
@WebSocketGateway()
class FailingGateway {
  @SubscribeMessage(1)
  throws(@MessageBody() which: string): never {
    throw ERRORS[which]?.() as Error;
  }

  @SubscribeMessage(2)
  async rejects(@MessageBody() which: string): Promise<never> {
    await Promise.resolve();
    throw ERRORS[which]?.() as Error;
  }

  @UseInterceptors(Through)
  @SubscribeMessage(3)
  throwsBehindInterceptor(@MessageBody() which: string): never {
    throw ERRORS[which]?.() as Error;
  }

  @SubscribeMessage(4)
  streams(@MessageBody() which: string): Observable<unknown> {
    return throwError(() => ERRORS[which]?.());
  }

  @UseInterceptors(Through)
  @SubscribeMessage(5)
  streamsBehindInterceptor(@MessageBody() which: string): Observable<unknown> {
    return throwError(() => ERRORS[which]?.());
  }

  @SubscribeMessage(6)
  async *iterates(@MessageBody() which: string): AsyncGenerator<unknown> {
    if (!(which in ERRORS)) yield await Promise.resolve(which);
    throw ERRORS[which]?.() as Error;
  }

  @SubscribeMessage(7)
  streamsAndFails(): Observable<unknown> {
    return concat(
      of('first'),
      throwError(() => new SilentError()),
    );
  }

  @UseGuards(No)
  @SubscribeMessage(10)
  guarded(): string {
    return 'never';
  }

  @UseGuards(ThrowingGuard)
  @SubscribeMessage(11)
  guardThrows(): string {
    return 'never';
  }

  @SubscribeMessage(12)
  piped(@MessageBody(new ThrowingPipe()) _data: unknown): string {
    return 'never';
  }

  @UseInterceptors(ThrowingAfter)
  @SubscribeMessage(13)
  interceptorThrows(): string {
    return 'never';
  }

  @UseFilters(SayingFilter)
  @SubscribeMessage(14)
  ownFilter(): never {
    throw new SaysError();
  }

  @SubscribeMessage(15)
  legacy(): never {
    throw new LegacyError();
  }

  @SubscribeMessage(16)
  ownWords(): never {
    throw new OwnWordsError();
  }

  @SubscribeMessage(20)
  closes(): never {
    throw new CloseConnectionException(4403, 'not your room');
  }

  @SubscribeMessage(21)
  mapped(): never {
    throw new ClosesError('closed by a rule');
  }

  @UseInterceptors(Through)
  @SubscribeMessage(22)
  closesBehindInterceptor(): never {
    throw new CloseConnectionException(3000);
  }

  @SubscribeMessage(23)
  closesWithinStream(): Observable<unknown> {
    return throwError(() => new CloseConnectionException(1012, '{"retryAfter":1}'));
  }
}

describe('An exception', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  async function connect(): Promise<Peer> {
    app = await GatewayApp.start({ providers: [FailingGateway] });
    return app.connect();
  }

  const outcomes: [which: string, error: object][] = [
    ['unexpected', INTERNAL],
    ['no error at all', INTERNAL],
    ['http', { status: 410, message: 'gone' }],
    ['ws', { status: 400, message: 'ws text' }],
    ['ws object', { status: 402, message: 'pay', details: { due: 1 } }],
    ['ws object without status', { status: 400, message: 'hm' }],
    ['silent', INTERNAL],
    ['says', { status: 418, message: 'said by a filter' }],
    ['later', { status: 418, message: 'said later' }],
    ['translated', { status: 409, message: 'translated' }],
    ['broken filter', INTERNAL],
    ['teapot', INTERNAL],
  ];

  describe.each([
    ['thrown', 1],
    ['rejected', 2],
    ['thrown behind an interceptor', 3],
    ['of an Observable', 4],
    ['of an Observable behind an interceptor', 5],
    ['of an async iterable', 6],
  ])('%s', (_, code) => {
    it.each(outcomes)('%s: is one error, and never a success', async (which, error) => {
      const peer = await connect();
      peer.send({ userId: 1, code, data: which });
      // Nobody waits for a stream, so that its error may come behind the answer to the next message.
      if (code >= 4) expect(await peer.take(1)).toEqual([{ userId: 1, code, error }]);
      expect(await peer.takeAll()).toEqual(code >= 4 ? [] : [{ userId: 1, code, error }]);
      peer.send({ userId: 1, code, data: which, id: 'i' });
      expect(await peer.take(1)).toEqual([{ userId: 1, code, id: 'i', error }]);
      expect(await peer.takeAll()).toEqual([]);
    });
  });

  it.each([
    ['a guard that says no', 10, { status: 403, message: 'Forbidden resource' }],
    ['a guard that throws', 11, { status: 403, message: 'members only' }],
    ['a pipe that throws', 12, { status: 400, message: 'Bad Request Exception', details: ['a', 'b'] }],
    ['an interceptor that throws after the handler, handled in silence', 13, INTERNAL],
    ["a method's own filter, which the class has as well", 14, { status: 418, message: 'said by a filter' }],
  ])('of %s', async (_, code, error) => {
    const peer = await connect();
    peer.send({ userId: 1, code }, { userId: 1, code, id: 1 });
    expect(await peer.takeAll()).toEqual([
      { userId: 1, code, error },
      { userId: 1, code, id: 1, error },
    ]);
  });

  it('within a stream ends it with an error, and without done', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 7, id: 1 });
    expect(await peer.takeAll()).toEqual([
      { userId: 1, code: 7, id: 1, data: 'first' },
      { userId: 1, code: 7, id: 1, error: INTERNAL },
    ]);
  });

  it('that a filter answers in its own words is not answered again', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 16, id: 1 });
    expect(await peer.takeAll()).toEqual([{ event: 'exception', data: { message: 'in my own words' } }]);
  });

  it("that a filter leaves to Nest's base filter is an error as ever, and nothing that was sent comes back", async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 15, id: 1, data: 'what was sent' });
    expect(await peer.takeAll()).toEqual([{ userId: 1, code: 15, id: 1, error: { status: 400, message: 'legacy' } }]);
  });

  it.each([
    ['that says so', 20, 4403, 'not your room'],
    ['that a rule of CloseCodeFilter names', 21, 4000, 'closed by a rule'],
    ['behind an interceptor', 22, 3000, ''],
    ['of an Observable', 23, 1012, '{"retryAfter":1}'],
  ])('%s closes the connection, and nothing else is said', async (_, code, closeCode, reason) => {
    const peer = await connect();
    peer.send({ userId: 1, code, id: 1 }, { userId: 1, code: 1, data: 'http' });
    expect(await peer.closed).toEqual({ code: closeCode, reason });
    expect(peer.received).toEqual([]);
  });

  it('with a code that a server may not send can not be made', async () => {
    await connect();
    for (const closeCode of [999, 1004, 1005, 1006, 1010, 1015, 2999, 5000]) {
      expect(() => new CloseConnectionException(closeCode)).toThrow(RangeError);
    }
    expect(() => new CloseConnectionException(4000, 'x'.repeat(124))).toThrow(RangeError);
  });
});
