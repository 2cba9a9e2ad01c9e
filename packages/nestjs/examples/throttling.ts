import {
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  HttpStatus,
  type INestApplication,
  Injectable,
  Module,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  seconds,
  SkipThrottle,
  Throttle,
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  ThrottlerModule,
} from '@nestjs/throttler';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Cost,
  type Handshake,
  HandshakeAuthenticator,
  NestwireAdapter,
  type NestwireClient,
  type Principal,
  RateLimit,
} from '@nestwire/nestjs';

/** Throttles messages as well as HTTP requests: those of a user together, on whatever connections. */
@Injectable()
class MessageThrottlerGuard extends ThrottlerGuard {
  /** Whom trackers ask; there are no headers to be set on a message. */
  protected override getRequestResponse(context: ExecutionContext): ReturnType<ThrottlerGuard['getRequestResponse']> {
    if (context.getType() !== 'ws') return super.getRequestResponse(context);
    const { principal, request, id }: NestwireClient = context.switchToWs().getClient();
    // Of the principal, not of the message: what a message claims would be another user each time.
    const req = { userId: principal?.userId, ip: request.remoteAddress ?? id, headers: {} };
    return { req, res: { header: () => undefined } };
  }

  protected override getTracker(req: { userId?: number | string; ip: string }): Promise<string> {
    return req.userId === undefined ? super.getTracker(req) : Promise.resolve(`user ${String(req.userId)}`);
  }

  /** An `error` 429, with the milliseconds after which to try again, as the adapter's own limits say it. */
  protected override async throwThrottlingException(
    context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    if (context.getType() !== 'ws') return super.throwThrottlingException(context, detail);
    const message = await this.getErrorMessage(context, detail);
    const details = { retryAfter: detail.timeToBlockExpire * 1000 };
    throw new HttpException({ message, details }, HttpStatus.TOO_MANY_REQUESTS);
  }
}

@WebSocketGateway({ path: '/search' })
class SearchGateway {
  @Throttle({ default: { limit: 2, ttl: seconds(60) } })
  @SubscribeMessage(1001)
  search(@MessageBody() words: string): string[] {
    return words.split(' ');
  }

  @SkipThrottle()
  @Cost(5)
  @SubscribeMessage(1002)
  suggest(@MessageBody() words: string): string {
    return `${words}?`;
  }

  @SkipThrottle()
  @RateLimit({ perSecond: 0.1, burst: 2 })
  @SubscribeMessage(1003)
  report(): string {
    return 'thank you';
  }
}

@Controller()
class SearchController {
  @Throttle({ default: { limit: 2, ttl: seconds(60) } })
  @Get('search')
  search(): string[] {
    return [];
  }
}

@Injectable()
class NameAuthenticator extends HandshakeAuthenticator {
  /** Stands for one that asks for a token. */
  override authenticate({ searchParams }: Handshake): Principal {
    return { userId: searchParams.get('name') ?? 'nobody' };
  }
}

@Module({
  imports: [ThrottlerModule.forRoot([{ limit: 100, ttl: seconds(60) }])],
  controllers: [SearchController],
  providers: [
    SearchGateway,
    { provide: APP_GUARD, useClass: MessageThrottlerGuard },
    { provide: HandshakeAuthenticator, useClass: NameAuthenticator },
  ],
})
class AppModule {}

export async function bootstrap(): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(process.env['PORT'] ?? 9002);
  return app;
}
