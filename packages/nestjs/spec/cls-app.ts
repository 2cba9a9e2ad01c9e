import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Concurrency, NestwireAdapter, NestwireMessage } from '@nestwire/nestjs';
import { ClsGuard, ClsInterceptor, ClsModule, ClsService } from 'nestjs-cls';
import type { Observable } from 'rxjs';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));

/** Puts down who speaks, where the store is there already. */
@Injectable()
class NotingGuard implements CanActivate {
  constructor(private readonly cls: ClsService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await turn();
    this.cls.set('user', NestwireMessage.of(context)?.userId);
    return true;
  }
}

@Injectable()
class NotingInterceptor implements NestInterceptor {
  constructor(private readonly cls: ClsService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.cls.set('user', NestwireMessage.of(context)?.userId);
    return next.handle();
  }
}

@Catch(HttpException)
@Injectable()
class ClsFilter implements ExceptionFilter {
  constructor(private readonly cls: ClsService) {}

  catch(_exception: HttpException, host: ArgumentsHost): void {
    NestwireMessage.of(host)?.error({ status: 418, message: String(this.cls.get('user')) });
  }
}

abstract class ClsGateway {
  constructor(protected readonly cls: ClsService) {}

  async work(what: string): Promise<unknown> {
    await turn();
    if (what === 'fail') throw new HttpException('fail', 409);
    return this.cls.get<unknown>('user');
  }
}

@UseGuards(ClsGuard, NotingGuard)
@UseFilters(ClsFilter)
@WebSocketGateway()
class GuardGateway extends ClsGateway {
  constructor(cls: ClsService) {
    super(cls);
  }

  @SubscribeMessage(1)
  handle(@MessageBody() what: string): Promise<unknown> {
    return this.work(what);
  }

  @Concurrency(8)
  @SubscribeMessage(2)
  sideBySide(@MessageBody() what: string): Promise<unknown> {
    return this.work(what);
  }

  @Concurrency(8)
  @SubscribeMessage(3)
  async *stream(): AsyncGenerator<unknown> {
    for (let i = 0; i < 2; i++) {
      await turn();
      yield this.cls.get<unknown>('user');
    }
  }
}

@UseInterceptors(ClsInterceptor, NotingInterceptor)
@WebSocketGateway()
class InterceptorGateway extends ClsGateway {
  constructor(cls: ClsService) {
    super(cls);
  }

  @SubscribeMessage(11)
  handle(@MessageBody() what: string): Promise<unknown> {
    return this.work(what);
  }

  @Concurrency(8)
  @SubscribeMessage(12)
  sideBySide(@MessageBody() what: string): Promise<unknown> {
    return this.work(what);
  }
}

/** Nothing sets a store up here. */
@WebSocketGateway()
class BareGateway {
  constructor(private readonly cls: ClsService) {}

  @SubscribeMessage(20)
  handle(): object {
    return { isActive: this.cls.isActive(), user: this.cls.get<unknown>('user') };
  }
}

@Module({
  imports: [ClsModule.forRoot({ global: true })],
  providers: [GuardGateway, InterceptorGateway, BareGateway],
})
class ClsAppModule {}

/** An application whose handlers answer with what nestjs-cls keeps for their message: who speaks. */
export async function startClsApp(): Promise<INestApplication> {
  const app = await NestFactory.create(ClsAppModule, { logger: false });
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(0, '127.0.0.1');
  return app;
}
