import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExecutionContext,
  type NestInterceptor,
  ParseIntPipe,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  Ack,
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import { map, type Observable, of, throwError } from 'rxjs';
import type { WebSocket } from 'ws';

/** Promises that a test settles, by name. */
export class Gates {
  private readonly opens = new Map<string, () => void>();

  wait(name: string): Promise<void> {
    return new Promise((resolve) => this.opens.set(name, resolve));
  }

  has(name: string): boolean {
    return this.opens.has(name);
  }

  open(name: string): void {
    this.opens.get(name)?.();
    this.opens.delete(name);
  }

  openAll(): void {
    for (const name of [...this.opens.keys()]) this.open(name);
  }
}

/** All that a handler may answer with, or fail with. */
export function answersGateway(gates: Gates): Type {
  class PatternGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const ws = context.switchToWs();
      return context.getType() === 'ws' && ws.getPattern() === 'guarded' && ws.getData<unknown>() === 'let me in';
    }
  }

  class Doubled implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler<number>): Observable<number | undefined> {
      return next.handle().pipe(map((value) => (value === 0 ? undefined : value * 2)));
    }
  }

  @Catch()
  class QuietFilter extends BaseWsExceptionFilter {
    constructor() {
      super({ includeCause: false });
    }
  }

  @Catch(WsException)
  class FactoryFilter extends BaseWsExceptionFilter {
    constructor() {
      super({ causeFactory: (pattern, data) => ({ asked: [pattern, data] }) });
    }

    override catch(exception: WsException, host: ArgumentsHost): void {
      super.catch(new WsException(`${exception.message}, filtered`), host);
    }
  }

  @Catch()
  class SilentFilter {
    catch(): void {
      // Nothing.
    }
  }

  @WebSocketGateway()
  class AnswersGateway {
    @SubscribeMessage('value')
    value(@MessageBody('is') name: string): unknown {
      const values: Record<string, unknown> = {
        text: 'hi',
        zero: 0,
        empty: '',
        false: false,
        array: [1, [2], { event: 'x' }],
        object: { a: 1, b: undefined, c: new Date(0), d: NaN },
        response: { event: 'other', data: { x: 1 } },
        more: { event: 'other', data: 1, extra: true },
        bytes: Buffer.from('hi'),
        promise: Promise.resolve('later'),
        null: null,
      };
      return values[name];
    }

    @SubscribeMessage('stream')
    stream(): Observable<unknown> {
      return of('a', null, { event: 'b', data: 2 }, undefined, 3);
    }

    @SubscribeMessage('wait')
    async wait(@MessageBody() name: string): Promise<string> {
      await gates.wait(name);
      return name;
    }

    @SubscribeMessage('fail')
    fail(@MessageBody('by') kind: string): unknown {
      switch (kind) {
        case 'WsException':
          throw new WsException('wrong');
        case 'object':
          throw new WsException({ status: 'bad', hint: 'try again', message: 'not so' });
        case 'HttpException':
          throw new BadRequestException('not for ws');
        case 'rejection':
          return Promise.reject(new WsException('later'));
        case 'stream':
          return throwError(() => new Error('secret'));
        default:
          throw new Error('secret');
      }
    }

    @UseFilters(new QuietFilter())
    @SubscribeMessage('quiet')
    quiet(@MessageBody() kind: string): never {
      throw kind === 'ws' ? new WsException('quietly') : new Error('secret');
    }

    @UseFilters(new FactoryFilter())
    @SubscribeMessage('factory')
    factory(): never {
      throw new WsException('wrong');
    }

    @UseFilters(new SilentFilter())
    @SubscribeMessage('silent')
    silent(): never {
      throw new WsException('nobody hears');
    }

    @UseGuards(PatternGuard)
    @SubscribeMessage('guarded')
    guarded(): string {
      return 'welcome';
    }

    @SubscribeMessage('integer')
    integer(@MessageBody(ParseIntPipe) value: number): number {
      return value + 1;
    }

    @UseInterceptors(Doubled)
    @SubscribeMessage('doubled')
    doubled(@MessageBody() value: number): number {
      return value;
    }

    @SubscribeMessage('socket')
    socket(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): WsResponse {
      client.send('"pushed"');
      return { event: 'socket', data: [client.readyState === client.OPEN, data] };
    }

    @SubscribeMessage('acknowledged')
    acknowledged(@Ack() ack: unknown): string {
      return typeof ack;
    }

    @SubscribeMessage(1001)
    numeric(): string {
      return 'by number';
    }

    @SubscribeMessage('length')
    length(@MessageBody() text: string): number {
      return text.length;
    }
  }
  return AnswersGateway;
}
