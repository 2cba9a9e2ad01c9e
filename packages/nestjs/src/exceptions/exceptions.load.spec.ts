import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Logger,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type Observable, throwError } from 'rxjs';
import { GatewayApp } from '../../spec/gateway-app.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';

class SilentError extends Error {}

/** What goes wrong with a message, or nothing. */
type Fault = 'none' | 'guard' | 'pipe' | 'throw' | 'reject' | 'observable' | 'silent';

interface Order {
  readonly fault: Fault;
  readonly delayMs: number;
  readonly n: number;
}

const turn = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

class Guard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { fault, delayMs }: Order = context.switchToWs().getData();
    await turn(delayMs);
    return fault !== 'guard';
  }
}

class Pipe implements PipeTransform<Order, Order> {
  transform(order: Order): Order {
    if (order.fault === 'pipe') throw new BadRequestException('pipe');
    return order;
  }
}

class Through implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Catch(SilentError)
class SilentFilter implements ExceptionFilter {
  catch(): void {
    // Nothing.
  }
}

@UseGuards(Guard)
@UseFilters(SilentFilter)
class Faults {
  protected work({ fault, delayMs, n }: Order): unknown {
    switch (fault) {
      case 'throw':
        throw new HttpException('throw', 410);
      case 'reject':
        return turn(delayMs).then(() => Promise.reject(new HttpException('reject', 411)));
      case 'observable':
        return throwError(() => new HttpException('observable', 412));
      case 'silent':
        return turn(delayMs).then(() => Promise.reject(new SilentError()));
      case 'none':
      case 'guard':
      case 'pipe':
        return turn(delayMs).then(() => n);
    }
  }
}

@UsePipes(Pipe)
@WebSocketGateway()
class OneByOneGateway extends Faults {
  @SubscribeMessage(1)
  handle(@MessageBody() order: Order): unknown {
    return this.work(order);
  }

  @UseInterceptors(Through)
  @SubscribeMessage(2)
  intercepted(@MessageBody() order: Order): unknown {
    return this.work(order);
  }
}

@UsePipes(Pipe)
@Concurrency(8)
@WebSocketGateway()
class SideBySideGateway extends Faults {
  @SubscribeMessage(11)
  handle(@MessageBody() order: Order): unknown {
    return this.work(order);
  }

  @UseInterceptors(Through)
  @SubscribeMessage(12)
  intercepted(@MessageBody() order: Order): unknown {
    return this.work(order);
  }
}

const ERRORS: Record<Exclude<Fault, 'none'>, { status: number; message: string }> = {
  guard: { status: 403, message: 'Forbidden resource' },
  pipe: { status: 400, message: 'pipe' },
  throw: { status: 410, message: 'throw' },
  reject: { status: 411, message: 'reject' },
  observable: { status: 412, message: 'observable' },
  silent: { status: 500, message: 'Internal server error' },
};

const LOAD = 60;

describe('Under load, between successes,', () => {
  let app: GatewayApp;

  afterEach(async () => {
    await app.stop();
    jest.restoreAllMocks();
  });

  describe.each([
    ['one by one', 1],
    ['one by one, behind an interceptor', 2],
    ['with @Concurrency(8)', 11],
    ['with @Concurrency(8), behind an interceptor', 12],
  ])('%s:', (_, code) => {
    describe.each([
      ['with an id', true],
      ['without an id', false],
    ])('%s,', (_, withId) => {
      it.each(Object.keys(ERRORS) as (keyof typeof ERRORS)[])('%s is exactly its error', async (fault) => {
        jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
        app = await GatewayApp.start({ providers: [OneByOneGateway, SideBySideGateway] });
        const peer = await app.connect();
        const orders = Array.from({ length: LOAD }, (_, n): Order => {
          return { fault: n % 3 === 1 ? fault : 'none', delayMs: Math.floor(Math.random() * 3), n };
        });
        const envelope = (n: number): object => (withId ? { userId: n, code, id: n } : { userId: n, code });
        peer.send(...orders.map((data) => ({ ...envelope(data.n), data })));
        const received = (await peer.take(LOAD)) as { userId: number }[];
        const expected = orders.map(({ n, fault }) => {
          return fault === 'none' ? { ...envelope(n), data: n } : { ...envelope(n), error: ERRORS[fault] };
        });
        // A stream's answers, its error too, are not waited for; all others come in the order of the messages.
        if (fault === 'observable') received.sort((a, b) => a.userId - b.userId);
        expect(received).toEqual(expected);
        expect(await peer.takeAll()).toEqual([]);
      });
    });
  });
});
