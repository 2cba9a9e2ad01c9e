import { UseFilters, UseGuards } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type CountRequest, type RollRequest, SampleCode } from '@nestwire/contracts';
import { Code, Cost, HeartbeatGuard, UserId } from '@nestwire/nestjs';
import { interval, map, type Observable, take } from 'rxjs';
import { RoomCloseCodeFilter } from '../filters/room-close-code.filter.js';
import { InsiderGuard } from '../guards/insider.guard.js';
import { IntegerFieldPipe } from '../pipes/integer-field.pipe.js';

/** What a message can come back as: a value, a stream, an error. */
@UseGuards(HeartbeatGuard)
@UseFilters(RoomCloseCodeFilter)
@WebSocketGateway()
export class HelloGateway {
  @SubscribeMessage(SampleCode.Hello)
  hello(@MessageBody() data: unknown, @UserId() userId: number | string, @Code() code: number): object {
    return { hello: `user ${String(userId)}`, code, youSent: data ?? null, at: new Date().toISOString() };
  }

  @Cost(20)
  @SubscribeMessage(SampleCode.Roll)
  roll(@MessageBody(new IntegerFieldPipe('sides', 2, 1000)) { sides }: RollRequest): object {
    return { rolled: 1 + Math.floor(Math.random() * sides) };
  }

  @SubscribeMessage(SampleCode.Count)
  count(
    @MessageBody(new IntegerFieldPipe('count', 1, 100), new IntegerFieldPipe('everyMs', 1, 10_000))
    { count, everyMs }: CountRequest,
  ): Observable<object> {
    return interval(everyMs).pipe(
      take(count),
      map((i) => ({ count: i + 1, of: count })),
    );
  }

  @UseGuards(InsiderGuard)
  @SubscribeMessage(SampleCode.Secret)
  secret(): string {
    return 'the answer is 42';
  }

  @SubscribeMessage(SampleCode.Fail)
  fail(): never {
    throw new Error('this text stays in the log; the client reads "Internal server error"');
  }
}
