import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Observable } from 'rxjs';

@Injectable()
class PassingGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Injectable()
class PassingPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}

@Injectable()
class PassingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

/** What is measured: `data` comes back, by itself and behind what Nest can put in front of a method. */
@WebSocketGateway()
export class EchoGateway {
  @SubscribeMessage(1001)
  plain(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(PassingGuard)
  @SubscribeMessage(1002)
  guarded(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(PassingGuard)
  @UseInterceptors(PassingInterceptor)
  @SubscribeMessage(1003)
  guardedPipedIntercepted(@MessageBody(PassingPipe) data: unknown): unknown {
    return data;
  }
}
