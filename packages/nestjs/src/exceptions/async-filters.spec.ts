import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger, UseFilters } from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { concat, type Observable, of, throwError } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { NestwireMessage } from '../message/nestwire-message.js';

/** How a filter answers, once it is let go. */
type Way = 'send' | 'text' | 'reply' | 'error' | 'nothing' | 'both' | 'close' | 'base';

class WayError extends Error {
  constructor(readonly way: Way) {
    super('not for the peer');
  }
}

let waiting: { way: Way; go: () => void }[] = [];

/** Lets the filters go that wait so far, the last first. */
async function go(count: number): Promise<void> {
  await until(() => waiting.length === count);
  for (const { go: next } of waiting.splice(0).reverse()) {
    next();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

@Catch(WayError)
class WaitingFilter implements ExceptionFilter {
  async catch({ way }: WayError, host: ArgumentsHost): Promise<void> {
    const client: NestwireClient = host.switchToWs().getClient();
    const message = NestwireMessage.of(host);
    await new Promise<void>((resolve) => waiting.push({ way, go: resolve }));
    await Promise.resolve();
    switch (way) {
      case 'send':
        return void client.send(50, 'sent');
      case 'text':
        return void client.send('{"event":"exception"}');
      case 'reply':
        return message?.reply('replied');
      case 'error':
        return message?.error({ status: 418, message: 'said' });
      case 'both':
        client.send(50, 'sent');
        return message?.error({ status: 418, message: 'said' });
      case 'close':
        return client.close(4000, 'closed');
      case 'base':
        return new BaseWsExceptionFilter().catch(new WsException('base'), host);
      case 'nothing':
        return;
      default:
        return way satisfies never;
    }
  }
}

/** For what is wrong before a handler is known. */
@Catch(HttpException)
class WaitingGlobalFilter implements ExceptionFilter {
  async catch(_exception: HttpException, host: ArgumentsHost): Promise<void> {
    await new Promise<void>((resolve) => waiting.push({ way: 'send', go: resolve }));
    host.switchToWs().getClient<NestwireClient>().send(50, 'sent');
  }
}

@UseFilters(WaitingFilter)
@WebSocketGateway()
class FailingGateway {
  @SubscribeMessage(1)
  alone(@MessageBody() way: Way): never {
    throw new WayError(way);
  }

  @Concurrency(8)
  @SubscribeMessage(2)
  together(@MessageBody() way: Way): never {
    throw new WayError(way);
  }

  @SubscribeMessage(3)
  stream(@MessageBody() way: Way): Observable<unknown> {
    return concat(
      of('first'),
      throwError(() => new WayError(way)),
    );
  }

  @Concurrency(8)
  @SubscribeMessage(4)
  fine(@MessageBody() data: unknown): unknown {
    return data;
  }
}

const INTERNAL = { status: 500, message: 'Internal server error' };

describe('A filter that takes its time', () => {
  let app: GatewayApp;

  beforeEach(() => {
    waiting = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(async () => {
    await app.stop();
    jest.restoreAllMocks();
  });

  async function connect(): Promise<Peer> {
    app = await GatewayApp.start({ providers: [FailingGateway] }, undefined, (nest) =>
      nest.useGlobalFilters(new WaitingGlobalFilter()),
    );
    return app.connect();
  }

  it.each<[Way, object[]]>([
    ['send', [{ code: 50, data: 'sent' }]],
    ['text', [{ event: 'exception' }]],
    ['reply', [{ userId: 1, code: 1, id: 1, data: 'replied' }]],
    ['error', [{ userId: 1, code: 1, id: 1, error: { status: 418, message: 'said' } }]],
    [
      'both',
      [
        { code: 50, data: 'sent' },
        { userId: 1, code: 1, id: 1, error: { status: 418, message: 'said' } },
      ],
    ],
    ['base', [{ userId: 1, code: 1, id: 1, error: { status: 400, message: 'base' } }]],
    ['nothing', [{ userId: 1, code: 1, id: 1, error: INTERNAL }]],
  ])('and answers by %s has answered: nothing is added', async (way, answers) => {
    const peer = await connect();
    peer.send({ userId: 1, code: 1, data: way, id: 1 }, { userId: 1, code: 4, data: 'next', id: 2 });
    await go(1);
    expect(await peer.take(answers.length + 1)).toEqual([...answers, { userId: 1, code: 4, id: 2, data: 'next' }]);
  });

  it('and closes has answered', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 1, data: 'close', id: 1 });
    await go(1);
    expect(await peer.closed).toEqual({ code: 4000, reason: 'closed' });
    expect(peer.received).toEqual([]);
  });

  it('has answered for its own message, not for those beside it', async () => {
    const peer = await connect();
    const ways: Way[] = ['nothing', 'send', 'nothing', 'error'];
    peer.send(...ways.map((data, id) => ({ userId: 1, code: 2, data, id })), { userId: 1, code: 4, data: 'x', id: 4 });
    await go(4);
    expect(await peer.take(5)).toEqual([
      // A push is never held back.
      { code: 50, data: 'sent' },
      { userId: 1, code: 2, id: 0, error: INTERNAL },
      { userId: 1, code: 2, id: 2, error: INTERNAL },
      { userId: 1, code: 2, id: 3, error: { status: 418, message: 'said' } },
      { userId: 1, code: 4, id: 4, data: 'x' },
    ]);
    peer.send({ userId: 1, code: 4, data: 'fence', id: 5 });
    expect(await peer.take(1)).toMatchObject([{ data: 'fence' }]);
  });

  it('ends a stream, with its answer alone', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 3, data: 'send', id: 1 });
    await go(1);
    peer.send({ userId: 1, code: 4, data: 'fence', id: 2 });
    expect(await peer.take(3)).toEqual([
      { userId: 1, code: 3, id: 1, data: 'first' },
      { code: 50, data: 'sent' },
      { userId: 1, code: 4, id: 2, data: 'fence' },
    ]);
  });

  it('answers for what no handler gets', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 404, id: 1 });
    await go(1);
    peer.send({ userId: 1, code: 4, data: 'fence', id: 2 });
    expect(await peer.take(2)).toEqual([
      { code: 50, data: 'sent' },
      { userId: 1, code: 4, id: 2, data: 'fence' },
    ]);
  });
});
