import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Concurrency, SchemaPipe } from '@nestwire/nestjs';
import { z } from 'zod';

const seat = z.object({ row: z.string().length(1), number: z.int().positive() });

@WebSocketGateway()
export class SeatsGateway {
  @Concurrency(8)
  @SubscribeMessage(3001)
  book(@MessageBody(new SchemaPipe(seat)) { row, number }: z.infer<typeof seat>): string {
    return `${row}${String(number)}`;
  }
}
