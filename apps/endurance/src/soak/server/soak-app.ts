import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger, type INestApplication, Module, UnauthorizedException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePackCodec } from '@nestwire/envelope/msgpack';
import { JsonCodec, NestwireAdapter } from '@nestwire/nestjs';
import { Crowd } from './crowd.js';
import { AnswersGateway, EndsGateway, RoomsGateway } from './soak.gateways.js';

/** Shorter than as shipped, so that clients that fall silent are gone before a round is over. */
const SILENCE_TIMEOUT_MS = 20_000;

@Module({ providers: [Crowd, AnswersGateway, RoomsGateway, EndsGateway] })
class SoakModule {}

/** Says what goes wrong in the log, and counts it. */
class CountingLogger extends ConsoleLogger {
  errors = 0;

  override error(...parts: Parameters<ConsoleLogger['error']>): void {
    this.errors++;
    super.error(...parts);
  }
}

/** A Nest application as users have it, with its limits as shipped but for {@link SILENCE_TIMEOUT_MS}. */
export class SoakApp {
  private constructor(
    private readonly app: INestApplication,
    private readonly logger: CountingLogger,
  ) {}

  static async start(): Promise<SoakApp> {
    const logger = new CountingLogger({ logLevels: ['error', 'fatal'] });
    const app = await NestFactory.create(SoakModule, { logger });
    app.useWebSocketAdapter(
      new NestwireAdapter(app, {
        codecs: [new JsonCodec(), new MessagePackCodec()],
        perMessageDeflate: { thresholdBytes: 256, contextTakeover: true, peerContextTakeover: true },
        silenceTimeoutMs: SILENCE_TIMEOUT_MS,
        authenticate: ({ searchParams }) => {
          const user = searchParams.get('user');
          if (user === null) throw new UnauthorizedException();
          return { userId: user };
        },
      }),
    );
    await app.listen(0, '127.0.0.1');
    return new SoakApp(app, logger);
  }

  get http(): Server {
    return this.app.getHttpServer() as Server;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  get crowd(): Crowd {
    return this.app.get(Crowd);
  }

  /** What went wrong and nobody expected. */
  get errors(): number {
    return this.logger.errors;
  }
}
