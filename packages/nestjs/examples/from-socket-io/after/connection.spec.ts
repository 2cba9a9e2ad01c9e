import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { openPageSockets } from '../../../spec/page-socket.js';
import { Connection, type ConnectionSettings } from './connection.js';

const BEAT = 1000;

describe('A page’s connection', () => {
  let server: WebSocketServer;
  let url: string;
  let closePageSockets: () => void;
  const connections: Connection[] = [];

  beforeAll(() => {
    closePageSockets = openPageSockets('https://app.example');
  });
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'nestwire.v1.json' });
    await once(server, 'listening');
    url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const connection of connections.splice(0)) connection.close();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  afterAll(() => closePageSockets());

  function connect(settings: Partial<ConnectionSettings> = {}): Connection {
    const nothing = (): void => undefined;
    const connection = new Connection({
      url,
      token: () => 'x',
      onOpen: nothing,
      onMessage: nothing,
      onLost: nothing,
      beatCode: BEAT,
      backoffMs: 1,
      ...settings,
    });
    connections.push(connection);
    return connection;
  }

  async function accepted(): Promise<WebSocket> {
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    return socket;
  }

  async function received(socket: WebSocket): Promise<unknown> {
    const [message] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(message.toString());
  }

  /** One that is open on both sides. */
  async function open(
    settings: Partial<ConnectionSettings> = {},
  ): Promise<{ connection: Connection; peer: WebSocket }> {
    let opened: () => void = () => undefined;
    const opening = new Promise<void>((resolve) => (opened = resolve));
    const connecting = accepted();
    const connection = connect({ onOpen: () => opened(), ...settings });
    const peer = await connecting;
    await opening;
    return { connection, peer };
  }

  it('brings its token, and beats', async () => {
    const { peer } = await open({ beatMs: 5 });
    expect(await received(peer)).toEqual({ code: BEAT });
    expect(await received(peer)).toEqual({ code: BEAT });
  });

  it('pairs answers with questions, in whatever order they come', async () => {
    const pushed: unknown[] = [];
    const { connection, peer } = await open({ onMessage: (message) => pushed.push(message) });
    const answers = Promise.all([connection.ask(1, 'a'), connection.ask(2)]);
    expect(await received(peer)).toEqual({ code: 1, data: 'a', id: 1 });
    peer.send('{"code":7,"data":"a push"}');
    peer.send('{"code":2,"id":2,"data":"second"}');
    peer.send('{"code":1,"id":1,"data":"first"}');
    expect(await answers).toEqual(['first', 'second']);
    expect(pushed).toEqual([{ code: 7, data: 'a push' }]);
  });

  it('tells who asked of an error, of no answer, and of the connection’s end', async () => {
    const { connection, peer } = await open();
    await expect(connection.ask(1, undefined, 5)).rejects.toThrow('No answer in time');
    const wrong = connection.ask(2);
    peer.send('{"code":2,"id":2,"error":{"status":403,"message":"Not yours"}}');
    await expect(wrong).rejects.toThrow('Not yours');
    const lost = connection.ask(3);
    peer.terminate();
    await expect(lost).rejects.toThrow('lost');
  });

  it.each([
    [1001, ''],
    [1012, '{"retryAfter":3}'],
    [1013, 'busy'],
  ])('comes back after %d %s', async (code, reason) => {
    const onLost = jest.fn();
    const { peer } = await open({ onLost });
    const again = accepted();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    peer.close(code, reason);
    await again;
    expect(onLost.mock.calls[0]?.slice(0, 1)).toEqual([code]);
    expect(onLost.mock.calls[0]?.[2]).toBe(true);
    if (reason.startsWith('{')) expect(timers.mock.calls.map(([, ms]) => ms)).toContain(3);
  });

  it('waits for longer and longer where there is nobody', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    server.close();
    await new Promise<void>((resolve) => {
      let lost = 0;
      connect({ onLost: () => (++lost === 4 ? resolve() : undefined) });
    });
    expect(timers.mock.calls.map(([, ms]) => ms).filter((ms) => ms !== undefined && ms < 10)).toEqual([1, 2, 4, 8]);
  });

  it('tries a new token once', async () => {
    const tokens: boolean[] = [];
    const ends: unknown[] = [];
    server.on('connection', (socket) => socket.close(4401, 'expired'));
    await new Promise<void>((resolve) => {
      connect({
        token: (renew) => (tokens.push(renew), 'x'),
        onLost: (code, message, willReturn) => {
          ends.push([code, message, willReturn]);
          if (!willReturn) resolve();
        },
      });
    });
    expect(tokens).toEqual([false, true]);
    expect(ends).toEqual([
      [4401, 'expired', true],
      [4401, 'expired', false],
    ]);
  });

  it('tries a new token again when the last one was good for a while', async () => {
    const tokens: boolean[] = [];
    server.on('connection', (socket) => {
      socket.send('{"code":7}');
      socket.close(4401, 'expired');
    });
    await new Promise<void>((resolve) => {
      connect({
        token: (renew) => (tokens.push(renew), 'x'),
        onLost: () => (tokens.length === 3 ? resolve() : undefined),
      });
    });
    expect(tokens).toEqual([false, true, true]);
  });

  it('asks for a token again that could not be had', async () => {
    let asked = 0;
    const coming = accepted();
    connect({ token: () => (++asked < 3 ? Promise.reject(new Error('offline')) : 'x') });
    await coming;
    expect(asked).toBe(3);
  });

  it.each([1000, 4403, 4409])('stays away after %d', async (code) => {
    let lost: (willReturn: boolean) => void = () => undefined;
    const losing = new Promise<boolean>((resolve) => (lost = resolve));
    const { peer } = await open({ onLost: (_code, _message, willReturn) => lost(willReturn) });
    const timers = jest.spyOn(globalThis, 'setTimeout');
    peer.close(code);
    expect(await losing).toBe(false);
    // Those of the closing handshake are longer.
    expect(timers.mock.calls.filter(([, ms = 0]) => ms < 1000)).toEqual([]);
  });

  it('closes with 1000, and does not call that a loss', async () => {
    const onLost = jest.fn();
    const { connection, peer } = await open({ onLost });
    const asked = connection.ask(1);
    connection.close();
    expect(((await once(peer, 'close')) as [number])[0]).toBe(1000);
    await expect(asked).rejects.toThrow('lost');
    expect(onLost).not.toHaveBeenCalled();
  });
});
