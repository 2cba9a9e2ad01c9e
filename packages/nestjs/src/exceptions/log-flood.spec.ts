import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger } from '@nestjs/common';
import {
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { JsonCodec } from '@nestwire/envelope';
import { ManualClock } from '@nestwire/test-support';
import { GatewayApp } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { UseHandshakeGuards } from '../handshake/use-handshake-guards.decorator.js';
import type { NestwireOptions } from '../nestwire.options.js';

let disconnected = 0;

/** What a peer may repeat as often as it likes. */
const ATTACKS = 10_000;

@WebSocketGateway()
class Gateway {
  @SubscribeMessage(1)
  fail(): never {
    throw new Error('a handler');
  }

  @SubscribeMessage(2)
  reject(): Promise<never> {
    return Promise.reject(new Error('a handler, later'));
  }

  @SubscribeMessage(3)
  unwritable(): unknown {
    return { big: 1n };
  }

  @SubscribeMessage(4)
  thrown(): never {
    // What a peer says may be in what is thrown.
    throw 'x'.repeat(1000) as unknown as Error;
  }
}

@UseHandshakeGuards({
  canActivate: () => {
    throw new Error('a guard');
  },
})
@WebSocketGateway({ path: '/guarded' })
class GuardedGateway {
  @SubscribeMessage(1)
  nothing(): void {
    // Nothing.
  }
}

@WebSocketGateway({ path: '/lifecycle' })
class LifecycleGateway implements OnGatewayConnection, OnGatewayDisconnect {
  handleConnection(): never {
    throw new Error('handleConnection');
  }

  handleDisconnect(): never {
    disconnected++;
    throw new Error('handleDisconnect');
  }
}

/** Has a bug that peers find. */
class BrokenCodec extends JsonCodec {
  override decode(): never {
    throw new Error('a codec');
  }
}

const UNLIMITED: NestwireOptions = {
  handshakesPerSecond: Infinity,
  maxConnectionsPerAddress: Infinity,
  messagesPerSecond: Infinity,
  maxMalformedMessages: Infinity,
  authenticationTimeoutMs: Infinity,
};

describe('A peer that does the same wrong thing 10,000 times', () => {
  const clock = new ManualClock();
  let lines: { level: string; message: string; params?: Record<string, unknown> }[];
  let app: GatewayApp;

  beforeEach(() => {
    lines = [];
    const write = (text: string | Uint8Array): boolean => {
      for (const line of text.toString().trim().split('\n')) {
        lines.push(JSON.parse(line) as (typeof lines)[number]);
      }
      return true;
    };
    jest.spyOn(process.stderr, 'write').mockImplementation(write);
    jest.spyOn(process.stdout, 'write').mockImplementation(write);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await app.stop();
  });

  const start = async (options: NestwireOptions = {}): Promise<void> => {
    app = await GatewayApp.start(
      { providers: [Gateway, GuardedGateway, LifecycleGateway] },
      { clock, ...UNLIMITED, ...options },
      (nest) => nest.useLogger(new ConsoleLogger({ json: true, colors: false })),
    );
    lines.length = 0;
  };

  /** How many were left out, as the log says it; and how many lines it took. */
  const leftOut = (): number => {
    clock.advance(11_000);
    const told = lines.filter(({ message }) => /^[0-9]+ further exceptions were not logged$/.test(message));
    return told.reduce((sum, { message }) => sum + Number.parseInt(message, 10), 0);
  };

  it.each([
    ['a message whose handler throws', { userId: 1, code: 1 }],
    ['a message whose handler rejects', { userId: 1, code: 2 }],
    ['a message whose answer has no form', { userId: 1, code: 3 }],
    ['a message whose handler throws no error', { userId: 1, code: 4 }],
  ])('%s', async (_, message) => {
    await start();
    const peer = await app.connect();
    const text = JSON.stringify(message);
    for (let n = 0; n < ATTACKS; n++) peer.send(text);
    await peer.take(ATTACKS);
    expect(leftOut()).toBe(ATTACKS - 10);
    // Nest 11 writes the object that says which path it is as a line of its own.
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it.each([
    ['no JSON', 'x'],
    ['no envelope', '{"code":{}}'],
    ['a code of nobody’s', '{"userId":1,"code":77}'],
  ])('%s: not a line', async (_, message) => {
    await start();
    const peer = await app.connect();
    for (let n = 0; n < ATTACKS; n++) peer.send(message);
    await peer.take(ATTACKS);
    expect(leftOut()).toBe(0);
    expect(lines).toEqual([]);
  });

  it('a message that the codec throws on', async () => {
    await start({ codecs: [new BrokenCodec()] });
    const peer = await app.connect();
    for (let n = 0; n < ATTACKS; n++) peer.send('x');
    await peer.take(ATTACKS);
    expect(leftOut()).toBe(ATTACKS - 10);
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it('a handshake that is refused by a guard’s exception, or by the rules: fewer, because each is a connection', async () => {
    await start();
    const few = 200;
    for (let n = 0; n < few; n++) {
      await expect(app.connect('/guarded')).rejects.toThrow('500');
      await expect(app.connect('/nobody’s')).rejects.toThrow();
    }
    expect(leftOut()).toBe(few - 10);
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it('a connection whose handleConnection and handleDisconnect throw: fewer, because each is a connection', async () => {
    await start();
    const few = 200;
    for (let n = 0; n < few; n++) await app.dial('/lifecycle').closed;
    await until(() => disconnected === few);
    expect(leftOut()).toBe(2 * few - 10);
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it('is told of when the application closes, if not before', async () => {
    await start();
    const peer = await app.connect();
    for (let n = 0; n < 100; n++) peer.send({ userId: 1, code: 1 });
    await peer.take(100);
    await app.stop();
    expect(lines.map(({ message }) => message)).toContain('90 further exceptions were not logged');
  });

  it('is logged with the path that it is about', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1 });
    await peer.take(1);
    expect(JSON.stringify(lines)).toContain('"path":"/"');
    expect(lines[0]).toMatchObject({ level: 'error', context: 'Nestwire' });
  });
});
