import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, HttpException, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter, type NestwireClient, NestwireObserver, type PathObserver } from '@nestwire/nestjs';
import { NestwireHealthIndicator, NestwireHealthModule } from '@nestwire/nestjs/terminus';
import { NEWCOMER, type ServerSays, WORK } from './server-protocol.js';

/* The process that is told to end: a Nest application, as a user has it. It says on which port it listens, and at its end what it has counted. */

/** What a request takes, in milliseconds, in turn: some are answered at once, most wait for something. */
const WORK_MS = [0, 5, 20, 50];

@Injectable()
class Counts extends NestwireObserver implements OnApplicationShutdown {
  accepted = 0;
  late = 0;
  handled = 0;
  disconnected = 0;

  observe(): PathObserver {
    return {
      received: (client) => {
        // Behind our close frame nothing may be sent any more (RFC 6455 §5.5.1): what comes then was on its way, and its sender will know.
        if (client.isOpen) this.accepted++;
        else this.late++;
      },
    };
  }

  /** The last that Nest calls: everything else of the application has ended. */
  async onApplicationShutdown(): Promise<void> {
    const { accepted, late, handled, disconnected } = this;
    await new Promise<void>((resolve) => {
      const counts: ServerSays = { counts: { accepted, late, handled, disconnected } };
      process.send?.(counts, () => resolve());
    });
  }
}

@WebSocketGateway({ path: '/drain' })
class WorkGateway {
  constructor(private readonly counts: Counts) {}

  async handleDisconnect(client: NestwireClient): Promise<void> {
    await turn();
    // Newcomers who were let in and went at once would make up for clients that are missing.
    if (!client.request.searchParams.has(NEWCOMER)) this.counts.disconnected++;
  }

  @SubscribeMessage(WORK)
  async work(@MessageBody('n') n: number): Promise<{ n: number }> {
    const ms = WORK_MS[n % WORK_MS.length] ?? 0;
    if (ms > 0) await delay(ms);
    this.counts.handled++;
    return { n };
  }
}

/** What a balancer asks. */
@Controller()
class ReadyController {
  constructor(private readonly nestwire: NestwireHealthIndicator) {}

  @Get('ready')
  ready(): unknown {
    const answer = this.nestwire.check('nestwire');
    if (answer.nestwire.status === 'up') return answer;
    throw new HttpException(answer, 503);
  }
}

@Module({
  imports: [NestwireHealthModule],
  controllers: [ReadyController],
  providers: [Counts, WorkGateway],
})
class DrainModule {}

const app = await NestFactory.create(DrainModule, { logger: ['error', 'fatal'] });
app.useWebSocketAdapter(new NestwireAdapter(app));
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
const listening: ServerSays = { port: ((app.getHttpServer() as Server).address() as AddressInfo).port };
process.send?.(listening);
