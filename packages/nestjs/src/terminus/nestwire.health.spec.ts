import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { GatewayApp } from '../../spec/gateway-app.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { NestwireHealthIndicator, NestwireHealthModule, type NestwireHealthOptions } from './index.js';

@WebSocketGateway()
class Gateway {
  @SubscribeMessage(1)
  nothing(): void {
    // Nothing.
  }
}

let options: NestwireHealthOptions = {};

@Controller()
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly nestwire: NestwireHealthIndicator,
  ) {}

  @Get('health')
  @HealthCheck()
  check(): Promise<unknown> {
    return this.health.check([() => this.nestwire.check('nestwire', options)]);
  }
}

/** Asks while the application closes, which is when nothing may be sent here any more. */
@Injectable()
class LastQuestion implements OnApplicationShutdown {
  answer: unknown;

  constructor(private readonly nestwire: NestwireHealthIndicator) {}

  beforeApplicationShutdown(): void {
    this.answer = this.nestwire.check('nestwire');
  }

  onApplicationShutdown(): void {
    // Nothing more.
  }
}

describe('NestwireHealthIndicator', () => {
  let app: GatewayApp;
  afterEach(() => app.stop());

  const start = async (given: NestwireHealthOptions = {}, adapter: NestwireOptions = {}): Promise<void> => {
    options = given;
    app = await GatewayApp.start(
      {
        imports: [TerminusModule.forRoot({ logger: false }), NestwireHealthModule],
        controllers: [HealthController],
        providers: [Gateway, LastQuestion],
      },
      adapter,
    );
  };
  const ask = async (): Promise<{ status: number; nestwire: Record<string, unknown> }> => {
    const response = await fetch(`http://127.0.0.1:${String(app.port)}/health`);
    const { details } = (await response.json()) as { details: { nestwire: Record<string, unknown> } };
    return { status: response.status, nestwire: details.nestwire };
  };

  it('is up, and knows how many are connected', async () => {
    await start();
    await app.connect();
    await app.connect();
    expect(await ask()).toMatchObject({ status: 200, nestwire: { status: 'up', connections: 2 } });
  });

  it('is down with as many connections as it may have', async () => {
    await start({ maxConnections: 2 });
    await app.connect();
    expect(await ask()).toMatchObject({ status: 200, nestwire: { status: 'up' } });
    await app.connect();
    expect(await ask()).toMatchObject({ status: 503, nestwire: { status: 'down', message: 'too many connections' } });
  });

  it('is down with as many as the adapter lets in', async () => {
    await start({}, { maxConnections: 1 });
    expect(await ask()).toMatchObject({ status: 200 });
    await app.connect();
    expect(await ask()).toMatchObject({ status: 503, nestwire: { message: 'too many connections', connections: 1 } });
  });

  it('is down while the event loop is late, and up again when it is not', async () => {
    await start({ maxLoopDelayMs: 150 });
    let late = await ask();
    // What holds the loop up before it has come round once is not seen.
    while (late.status === 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const end = performance.now() + 600;
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 30));
      late = await ask();
    }
    expect(late).toMatchObject({ status: 503, nestwire: { message: 'the event loop is late' } });
    // On a busy machine the loop may be late again and again.
    for (let answer = await ask(); answer.status !== 200; answer = await ask()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('is down from the moment that the application begins to close', async () => {
    await start();
    const last = app.app.get(LastQuestion);
    await app.app.close();
    expect(last.answer).toMatchObject({ nestwire: { status: 'down', message: 'closing' } });
  });
});
