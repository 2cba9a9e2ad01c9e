import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { of } from 'rxjs';
import { GatewayApp } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { NestwireObserver, type PathObserver } from './nestwire-observer.js';
import { EVERYBODY } from '../audience/target.js';
import type { AnyClient } from '../client/nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { HandlerTimeout } from '../decorators/handler-timeout.decorator.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { Reply } from '../message/reply.js';
import type { NestwireServer } from '../server/nestwire-server.js';

let finish: () => void = () => undefined;
const work = (): Promise<void> => new Promise((resolve) => (finish = resolve));

@WebSocketGateway({ path: '/a' })
class Gateway {
  @SubscribeMessage(1)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(2)
  fail(): never {
    throw new Error('broken');
  }

  @SubscribeMessage(3)
  close(): never {
    throw new CloseConnectionException(4403);
  }

  @SubscribeMessage(4)
  stream(): unknown {
    return of(1, 2);
  }

  @HandlerTimeout(1000)
  @SubscribeMessage(5)
  slow(): Promise<void> {
    return work();
  }

  @SubscribeMessage(6)
  other(): Reply {
    return new Reply(7, 'seven');
  }

  @SubscribeMessage(8)
  push(@ConnectedSocket() client: AnyClient): void {
    client.send(9, 'nine');
    client.send('"raw"');
    client.server.members.deliver(EVERYBODY, { code: 10, data: 'ten' });
  }

  @Concurrency(4)
  @SubscribeMessage(11)
  sideBySide(@MessageBody() first: boolean): unknown {
    return first ? work().then(() => 'first') : 'second';
  }
}

const events: unknown[][] = [];
const names = (): unknown[] => events.map(([name]) => name);

/** Tells all that it is told. */
@Injectable()
class Everything extends NestwireObserver {
  override observe({ path, codes }: NestwireServer): PathObserver {
    events.push(['observe', path, codes]);
    return {
      refused: (handshake) => events.push(['refused', handshake]),
      opened: () => events.push(['opened']),
      closed: ({ closeCode, cause }) => events.push(['closed', closeCode, cause]),
      received: (_, code, bytes) => events.push(['received', code, bytes]),
      sent: (_, code, bytes) => events.push(['sent', code, bytes]),
      around: ({ code }, work) => {
        events.push(['begins', code]);
        work();
      },
      handled: ({ code }, { kind, status }, ms) => events.push(['handled', code, kind, status, ms]),
      settled: ({ code }, { kind, status }) => events.push(['settled', code, kind, status]),
    };
  }
}

@Module({ providers: [Everything] })
class ElsewhereModule {}

describe('An observer that a module provides', () => {
  let app: GatewayApp;
  const clock = new ManualClock();
  afterEach(async () => {
    await app.stop();
    events.length = 0;
    jest.restoreAllMocks();
  });

  const start = async (): Promise<void> => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    app = await GatewayApp.start({ imports: [ElsewhereModule], providers: [Gateway] }, { clock });
  };

  it('is asked once for each path, and knows its codes', async () => {
    await start();
    expect(events).toEqual([['observe', '/a', [1, 2, 3, 4, 5, 6, 8, 11]]]);
  });

  it('is told of a connection and its messages, in their order, with their bytes', async () => {
    await start();
    events.length = 0;
    const peer = await app.connect('/a');
    const message = '{"userId":1,"code":1,"data":"ä"}';
    peer.send(message);
    await peer.take(1);
    peer.socket.close(4000);
    await until(() => names().includes('closed'));
    expect(events).toEqual([
      ['opened'],
      ['received', 1, Buffer.byteLength(message)],
      ['begins', 1],
      ['sent', 1, Buffer.byteLength(message)],
      ['handled', 1, 'ok', undefined, 0],
      ['settled', 1, 'ok', undefined],
      ['closed', 4000, 'peer'],
    ]);
  });

  it.each([
    ['an exception', 2, 'error', 500],
    ['a code of nobody’s', 99, 'error', 404],
    ['the end of the connection', 3, 'close', undefined],
  ])('is told that %s came of a message', async (_, code, kind, status) => {
    await start();
    (await app.connect('/a')).send({ userId: 1, code });
    await until(() => names().includes('settled'));
    expect(events).toContainEqual(['handled', code, kind, status, 0]);
    expect(events).toContainEqual(['settled', code, kind, status]);
  });

  it('is told of malformed messages, and of how the last of too many ended', async () => {
    await start();
    const peer = await app.connect('/a');
    peer.send('[]', '[]', '[]', '[]', '[]', '[]', '[]');
    expect(await peer.closed).toMatchObject({ code: 4400 });
    await until(() => names().includes('closed'));
    const settled = events.filter(([name]) => name === 'settled');
    expect(settled.length).toBeGreaterThan(4);
    for (const event of settled) expect(event).toEqual(['settled', 0, 'error', 400]);
    expect(events).toContainEqual(['received', 0, 2]);
  });

  it('hears of a stream when it begins, and when it has ended', async () => {
    await start();
    const peer = await app.connect('/a');
    peer.send({ userId: 1, code: 4, id: 1 });
    await peer.take(3);
    await until(() => names().includes('settled'));
    expect(
      names()
        .filter((name) => name !== 'sent')
        .slice(-3),
    ).toEqual(['begins', 'handled', 'settled']);
    expect(events).toContainEqual(['handled', 4, 'stream', undefined, 0]);
    expect(events).toContainEqual(['settled', 4, 'stream', undefined]);
  });

  it('hears once of a handler that is late, and how long it took', async () => {
    await start();
    const peer = await app.connect('/a');
    peer.send({ userId: 1, code: 5 });
    await until(() => names().includes('begins'));
    clock.advance(1200);
    expect(await peer.take(1)).toMatchObject([{ error: { status: 503 } }]);
    finish();
    peer.send({ userId: 1, code: 1 });
    await until(() => names().filter((name) => name === 'settled').length === 2);
    const ofIt = events.filter(([name, code]) => code === 5 && name !== 'received' && name !== 'sent');
    expect(ofIt).toEqual([
      ['begins', 5],
      ['handled', 5, 'late', 503, expect.any(Number)],
      ['settled', 5, 'late', 503],
    ]);
    expect(ofIt[1]?.[4]).toBeGreaterThanOrEqual(1000);
  });

  it('is told of what is sent otherwise: under another code, pushed, to many, of one’s own making', async () => {
    await start();
    const peer = await app.connect('/a');
    peer.send({ userId: 1, code: 6 }, { userId: 1, code: 8 });
    await until(() => names().filter((name) => name === 'settled').length === 2);
    expect(events.filter(([name]) => name === 'sent')).toEqual([
      ['sent', 7, '{"userId":1,"code":7,"data":"seven"}'.length],
      ['sent', 9, '{"code":9,"data":"nine"}'.length],
      ['sent', undefined, 5],
      ['sent', 10, '{"code":10,"data":"ten"}'.length],
    ]);
  });

  it('is told of answers that were held back when they go out', async () => {
    await start();
    const peer = await app.connect('/a');
    peer.send({ userId: 1, code: 11, data: true }, { userId: 1, code: 11, data: false });
    await until(() => names().filter((name) => name === 'begins').length === 2);
    expect(names()).not.toContain('sent');
    finish();
    await peer.take(2);
    expect(events.filter(([name]) => name === 'sent')).toHaveLength(2);
  });

  it('is told of a handshake that became nothing', async () => {
    await start();
    await expect(app.connect('/elsewhere')).rejects.toThrow('404');
    expect(events).toContainEqual(['refused', { how: 'response', code: 404, served: false }]);
  });
});

@Injectable()
class Broken extends NestwireObserver {
  override observe(): PathObserver {
    const fail = (): never => {
      throw new Error('an observer');
    };
    return { opened: fail, closed: fail, received: fail, sent: fail, around: fail, handled: fail, settled: fail };
  }
}

@Injectable()
class Twice extends NestwireObserver {
  override observe(): PathObserver {
    return {
      around: (_, work) => {
        work();
        work();
      },
    };
  }
}

@Injectable()
class Indifferent extends NestwireObserver {
  override observe(): undefined {
    return undefined;
  }
}

describe('An observer', () => {
  let app: GatewayApp;
  afterEach(async () => {
    await app.stop();
    events.length = 0;
    jest.restoreAllMocks();
  });

  it('that throws changes nothing, is not heard of too often, and keeps no other from being told', async () => {
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    app = await GatewayApp.start({ providers: [Gateway, Broken, Everything] });
    const peer = await app.connect('/a');
    for (let n = 0; n < 20; n++) peer.send({ userId: 1, code: 1, data: n });
    expect((await peer.take(20)).map((reply) => (reply as { data: number }).data)).toEqual([...Array(20).keys()]);
    expect(errors).toHaveBeenCalledTimes(10);
    expect(names().filter((name) => name === 'handled')).toHaveLength(20);
  });

  it('that begins a message twice has it handled once', async () => {
    app = await GatewayApp.start({ providers: [Gateway, Twice] });
    const peer = await app.connect('/a');
    peer.send({ userId: 1, code: 1, data: 'x' });
    expect(await peer.take(1)).toHaveLength(1);
    expect(await peer.takeAll()).toEqual([]);
  });

  it('that wants to be told of nothing costs nothing: a path has no observer then', async () => {
    let server: NestwireServer | undefined;
    jest.spyOn(Indifferent.prototype, 'observe').mockImplementation((...given: unknown[]) => {
      [server] = given as [NestwireServer];
      return undefined;
    });
    app = await GatewayApp.start({ providers: [Gateway, Indifferent] });
    expect(server?.running).toBeDefined();
    expect(server?.running?.observer).toBeUndefined();
  });
});
