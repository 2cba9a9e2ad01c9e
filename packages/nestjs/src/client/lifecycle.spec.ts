import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { GatewayApp } from '../../spec/gateway-app.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import type { NestwireServer } from '../server/nestwire-server.js';
import type { NestwireClient } from './nestwire-client.js';

/** A promise that the test settles. */
class Gate {
  open!: () => void;
  fail!: (reason: Error) => void;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.open = resolve;
    this.fail = reject;
  });
}

let gate: Gate;
let events: string[];
let connecting: (client: NestwireClient) => unknown;
let disconnecting: (client: NestwireClient) => unknown;

@WebSocketGateway()
class FirstGateway
  implements OnGatewayInit<NestwireServer>, OnGatewayConnection<NestwireClient>, OnGatewayDisconnect<NestwireClient>
{
  afterInit(server: NestwireServer): void {
    events.push(`init ${server.path}`);
  }

  handleConnection(client: NestwireClient<{ name?: string }>, request?: { path: string; query: string }): unknown {
    events.push(`connect ${String(request?.path)} ${String(request?.query)}`);
    client.data.name = 'ann';
    return connecting(client);
  }

  handleDisconnect(client: NestwireClient, reason?: string): unknown {
    events.push(`disconnect ${String(client.closeCode)} ${String(reason)} ${String(client.cause)}`);
    return disconnecting(client);
  }

  @SubscribeMessage(1)
  who(client: NestwireClient<{ name?: string }>): string | undefined {
    events.push('message');
    return client.data.name;
  }

  @SubscribeMessage(2)
  async slow(): Promise<void> {
    await gate.promise;
    events.push('slow');
  }
}

@WebSocketGateway()
class SecondGateway implements OnGatewayConnection, OnGatewayDisconnect {
  handleConnection(): void {
    events.push('connect second');
  }

  handleDisconnect(): void {
    events.push('disconnect second');
  }

  @SubscribeMessage(3)
  push(client: NestwireClient): void {
    client.send(77, { pushed: true });
    expect(() => client.send(0, 'no code')).toThrow(RangeError);
    expect(() => client.close(1006)).toThrow(RangeError);
  }
}

describe('The life of a client', () => {
  let app: GatewayApp;

  async function start(): Promise<GatewayApp> {
    gate = new Gate();
    events = [];
    connecting = () => undefined;
    disconnecting = () => undefined;
    app = await GatewayApp.start({ providers: [FirstGateway, SecondGateway] }, { messagesPerSecond: Infinity });
    return app;
  }

  afterEach(() => app.stop());

  it('is told to every gateway of the path once, with what the handshake asked for', async () => {
    await start();
    const peer = await app.connect('/?room=7');
    peer.send({ userId: 1, code: 1 });
    expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1, data: 'ann' }]);
    peer.socket.close(3001, 'bye');
    await peer.closed;
    await app.stop();
    expect(events.filter((event) => !event.endsWith('second'))).toEqual([
      'init /',
      'connect / room=7',
      'message',
      'disconnect 3001 bye peer',
    ]);
    expect(events.filter((event) => event.endsWith('second'))).toEqual(['connect second', 'disconnect second']);
  });

  it('has no message handled before handleConnection has finished', async () => {
    await start();
    connecting = () => gate.promise;
    const peer = app.dial();
    await peer.open();
    peer.send({ userId: 1, code: 1 });
    const first = peer.take(1);
    // A ping goes past the queue: when its pong is here, the message has been read.
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
    expect(events).not.toContain('message');
    gate.open();
    expect(await first).toHaveLength(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
      1011,
    ],
    ['rejects', () => Promise.reject(new Error('no')), 1011],
    [
      'throws a close code',
      () => {
        throw new CloseConnectionException(4401, 'who are you?');
      },
      4401,
    ],
    ['rejects with a close code', () => Promise.reject(new CloseConnectionException(4403)), 4403],
  ] as [string, () => unknown, number][])(
    'ends when handleConnection %s, and nothing is handled',
    async (_, hook, code) => {
      jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      await start();
      connecting = hook;
      const peer = app.dial();
      peer.socket.on('open', () => peer.send({ userId: 1, code: 1 }));
      expect((await peer.closed).code).toBe(code);
      expect(events).not.toContain('message');
      await app.stop();
      jest.restoreAllMocks();
    },
  );

  it('sees what came before its close handled, and only then the disconnect', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 2 }, { userId: 1, code: 1 });
    peer.socket.close(1000);
    await peer.closed;
    expect(events).not.toContain('slow');
    gate.open();
    await app.stop();
    const own = events.filter((event) => !event.endsWith('second'));
    expect(own.slice(-3)).toEqual(['slow', 'message', 'disconnect 1000  peer']);
  });

  it('gets pushes', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 3 });
    expect(await peer.takeAll()).toEqual([{ code: 77, data: { pushed: true } }]);
  });

  it('is held up, not dropped, when it sends faster than it is handled', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 2, id: 'slow' });
    for (let i = 0; i < 1000; i++) peer.send({ userId: 1, code: 1, id: i });
    gate.open();
    const replies = (await peer.take(1001)) as { id: unknown }[];
    expect(replies.map(({ id }) => id)).toEqual(['slow', ...Array.from({ length: 1000 }, (_, i) => i)]);
  });

  it('ends with 1001 and a closing handshake when the application closes, which waits for handleDisconnect', async () => {
    await start();
    disconnecting = () => gate.promise.then(() => events.push('disconnected'));
    const peer = await app.connect();
    const stopped = app.app.close().then(() => events.push('stopped'));
    expect((await peer.closed).code).toBe(1001);
    gate.open();
    await stopped;
    expect(events.slice(-2)).toEqual(['disconnected', 'stopped']);
  });

  it('survives a handleDisconnect that fails', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start();
    disconnecting = () => Promise.reject(new Error('broken'));
    const peer = await app.connect();
    peer.socket.close();
    await peer.closed;
    await app.stop();
    expect(error).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });
});
