import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { NestwireAdapter, NestwireClient, NestwireServer, Reply, SendResult } from '@nestwire/nestjs';
import { map, type Observable, Subject } from 'rxjs';

interface Price {
  readonly symbol: string;
  readonly price: number;
}

/** Stands for a table that is longer than what fits into memory. */
@Injectable()
export class Archive {
  rowsRead = 0;

  async *rows(symbol: string): AsyncGenerator<string> {
    for (let row = 0; row < 5000; row++) {
      await Promise.resolve();
      this.rowsRead++;
      yield `${symbol} ${String(row)} `.padEnd(16_384, '.');
    }
  }
}

@WebSocketGateway({ path: '/market', slowConsumer: 'keep-newest', outboundHighWaterBytes: 256 * 1024 })
export class MarketGateway {
  @WebSocketServer() private readonly server!: NestwireServer;
  private readonly ticks = new Subject<Price>();

  constructor(private readonly archive: Archive) {}

  /** Each watcher gets every price; one that reads too slowly, the latest of each symbol, as soon as there is room. */
  publish({ symbol, price }: Price): void {
    this.server.to(symbol).send(2001, { symbol, price }, { key: symbol });
    this.ticks.next({ symbol, price });
  }

  /** What is out of date at once: who reads too slowly does without. */
  tellViewers(viewers: number): void {
    this.server.broadcast(2002, { viewers }, { slowConsumer: 'drop-newest' });
  }

  @SubscribeMessage(1001)
  watch(@MessageBody() symbol: string, @ConnectedSocket() client: NestwireClient): void {
    client.join(symbol);
  }

  /** Pulled: a row is read when the client has room for it. */
  @SubscribeMessage(1002)
  history(@MessageBody() symbol: string): AsyncIterable<string> {
    return this.archive.rows(symbol);
  }

  /** Pushed, by a Subject that nobody can hold up: each value says what becomes of it. */
  @SubscribeMessage(1003)
  ticker(): Observable<Reply> {
    return this.ticks.pipe(map((tick) => new Reply(1003, tick, { key: tick.symbol })));
  }

  /** The same as 1002, by hand. */
  @SubscribeMessage(1004)
  async export(@MessageBody() symbol: string, @ConnectedSocket() client: NestwireClient): Promise<string> {
    for await (const row of this.archive.rows(symbol)) {
      const result = client.send(2004, row, { slowConsumer: 'wait' });
      if (result === SendResult.Backpressure && !(await client.whenWritable())) break;
    }
    return 'done';
  }
}

@Module({ providers: [Archive, MarketGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(process.env['PORT'] ?? 9002);
