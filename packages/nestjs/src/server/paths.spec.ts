import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { RawClient, upgradeRequest } from '@nestwire/test-support';
import { WebSocket, WebSocketServer } from 'ws';
import { GatewayApp, Peer } from '../../spec/gateway-app.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { type NestwireGatewayOptions, type ProvidedGatewayOptions, provideGatewayOptions } from '../gateway.options.js';
import { Handshake } from '../handshake/handshake.js';
import { UseHandshakeGuards } from '../handshake/use-handshake-guards.decorator.js';
import { NestwireAdapter } from '../nestwire.adapter.js';

let guarded: unknown;

@UseHandshakeGuards({
  canActivate: (context) => {
    guarded = { ...Handshake.of(context)?.params };
    return true;
  },
})
@WebSocketGateway({ path: '/rooms/:room' })
class RoomGateway {
  @SubscribeMessage(1)
  where(@ConnectedSocket() client: NestwireClient): object {
    return { gateway: 'room', ...client.params, query: client.request.searchParams.get('q') };
  }
}

@WebSocketGateway({ path: '/rooms/:room' })
class RoomSecondGateway {
  @SubscribeMessage(2)
  second(@ConnectedSocket() client: NestwireClient): unknown {
    return client.params['room'];
  }
}

@WebSocketGateway({ path: '/rooms/lobby' })
class LobbyGateway {
  @SubscribeMessage(1)
  where(@ConnectedSocket() client: NestwireClient): object {
    return { gateway: 'lobby', ...client.params };
  }
}

@WebSocketGateway({ path: '/files/*path' })
class FilesGateway {
  @SubscribeMessage(1)
  where(@ConnectedSocket() client: NestwireClient): object {
    return { gateway: 'files', ...client.params };
  }
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...args: Parameters<typeof GatewayApp.start>): Promise<GatewayApp> {
  const app = await GatewayApp.start(...args);
  closing.push(() => app.stop());
  return app;
}

async function dial(port: number, path: string): Promise<Peer> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`);
  closing.push(() => socket.terminate());
  return new Peer(socket).open();
}

async function answer(port: number, path: string, ...lines: string[]): Promise<RawClient> {
  const client = await RawClient.connect(port);
  closing.push(() => client.destroy());
  client.write(upgradeRequest(path, ...lines).replace('localhost', `localhost:${String(port)}`));
  return client;
}

async function ask(peer: Peer, code = 1): Promise<unknown> {
  peer.send({ userId: 1, code });
  const [reply] = (await peer.take(1)) as [{ data: unknown }];
  return reply.data;
}

describe('Paths with parameters and wildcards', () => {
  // In both orders: the literal path wins, whoever came first.
  const gateways = [RoomGateway, RoomSecondGateway, LobbyGateway, FilesGateway];
  let app: GatewayApp;

  it.each([
    ['in one order', gateways],
    ['in the other', [...gateways].reverse()],
  ])('find their gateway, and say what they have matched: %s', async (_order, providers) => {
    app = await start({ providers });
    const peer = await app.connect('/rooms/caf%C3%A9?q=1');
    expect(await ask(peer)).toEqual({ gateway: 'room', room: 'café', query: '1' });
    expect(guarded).toEqual({ room: 'café' });
    expect(await ask(peer, 2)).toBe('café');
    expect(await ask(await app.connect('/rooms/lobby?q=1'))).toEqual({ gateway: 'lobby' });
    expect(await ask(await app.connect('/files/a/b%2Fc'))).toEqual({ gateway: 'files', path: ['a', 'b/c'] });
  });

  it('400 where the percent-encoding is malformed, 404 where no pattern fits', async () => {
    app = await start({ providers: gateways });
    for (const [path, status] of [
      ['/rooms/%zz', 400],
      ['/files/a/%E0%A4%A', 400],
      ['/rooms', 404],
      ['/rooms/7/8', 404],
      ['/rooms/7/', 404],
      ['/', 404],
    ] as const) {
      const client = await answer(app.port, path);
      expect([path, (await client.response()).status]).toEqual([path, status]);
      expect(await client.ended()).toBe('fin');
    }
  });

  it('404 is 4404 to a browser, which can read no HTTP answer; unless the page is from elsewhere', async () => {
    app = await start({ providers: gateways });
    const browser = await answer(app.port, '/nowhere', `Origin: http://localhost:${String(app.port)}`);
    expect((await browser.response()).status).toBe(101);
    expect((await browser.frame()).payload.readUInt16BE(0)).toBe(4404);
    expect((await (await answer(app.port, '/nowhere', 'Origin: http://evil.example')).response()).status).toBe(403);
    const byHttp = await start({ providers: gateways }, { refusals: 'http' });
    const told = await answer(byHttp.port, '/nowhere', `Origin: http://localhost:${String(byHttp.port)}`);
    expect((await told.response()).status).toBe(404);
  });

  it('two patterns for the same paths do not start', async () => {
    @WebSocketGateway({ path: '/rooms/:id' })
    class TwinGateway {}
    await expect(GatewayApp.start({ providers: [RoomGateway, TwinGateway] })).rejects.toThrow(/same paths/);
  });

  it('gateways of a path that contradict each other do not start; what one says holds for all', async () => {
    const at = (options: NestwireGatewayOptions) => {
      @WebSocketGateway({ path: '/limits', ...options })
      class LimitsGateway {}
      return LimitsGateway;
    };
    const [one, two] = [at({ maxMessageBytes: 100 }), at({ maxMessageBytes: 200 })];
    await expect(GatewayApp.start({ providers: [one, two] })).rejects.toThrow(/maxMessageBytes/);
    app = await start({ providers: [one, at({}), at({ maxMessageBytes: 100 }), LobbyGateway] });
    const peers = [await app.connect('/limits'), await app.connect('/rooms/lobby')] as const;
    for (const peer of peers) peer.send({ userId: 1, code: 1, data: 'x'.repeat(200) });
    expect((await peers[0].closed).code).toBe(1009);
    expect(await peers[1].take(1)).toHaveLength(1);
  });
});

describe('Beside others who listen for upgrades on the same server', () => {
  it('their paths are theirs, whether they came first or last, and what nobody wants is nobody’s to destroy', async () => {
    const seen: string[] = [];
    const module = await Test.createTestingModule({ providers: [LobbyGateway] }).compile();
    const nest = module.createNestApplication({ logger: false });
    closing.push(() => nest.close());
    const server = nest.getHttpServer() as Server;
    // What nobody answers, nobody ends.
    server.on('connection', (socket: Socket) => closing.push(() => socket.destroy()));
    const foreign = (name: string) => (request: { url?: string }, socket: Duplex) => {
      seen.push(`${name} ${String(request.url)}`);
      if (request.url !== `/${name}`) return;
      socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    };
    server.on('upgrade', foreign('vite'));
    nest.useWebSocketAdapter(new NestwireAdapter(nest));
    await nest.listen(0, '127.0.0.1');
    server.on('upgrade', foreign('proxy'));
    const { port } = server.address() as AddressInfo;
    for (const path of ['/vite', '/proxy']) expect((await (await answer(port, path)).response()).status).toBe(418);
    expect(await ask(await dial(port, '/rooms/lobby'))).toEqual({ gateway: 'lobby' });
    const open = await answer(port, '/nobody');
    // A round trip later it is still open, and unanswered.
    expect((await (await answer(port, '/vite')).response()).status).toBe(418);
    expect([open.rest.length, open.socket.readableEnded]).toEqual([0, false]);
  });

  it('a WebSocket server of another make has its path, as Vite’s has', async () => {
    const app = await start({ providers: [LobbyGateway] });
    const theirs = new WebSocketServer({ noServer: true });
    (app.app.getHttpServer() as Server).on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url !== '/hmr') return;
      theirs.handleUpgrade(request, socket, head, (opened) => opened.send('"theirs"'));
    });
    const peer = await app.connect('/hmr');
    expect(await peer.take(1)).toEqual(['theirs']);
    expect(await ask(await app.connect('/rooms/lobby'))).toEqual({ gateway: 'lobby' });
    for (const opened of theirs.clients) opened.terminate();
  });

  it('an upgrade to anything but WebSocket goes to the application, as before', async () => {
    const app = await start({ providers: [LobbyGateway] });
    const client = await RawClient.connect(app.port);
    closing.push(() => client.destroy());
    client.write('GET /rest HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    const { status, body } = await client.response();
    expect(status).toBe(404);
    expect(body).toContain('Cannot GET /rest');
  });

  it('a Host that is none is a whole 400', async () => {
    const app = await start({ providers: [LobbyGateway] });
    const client = await RawClient.connect(app.port);
    closing.push(() => client.destroy());
    client.write(upgradeRequest('/rooms/lobby').replace('localhost', 'a b'));
    expect(await client.response()).toMatchObject({ status: 400, headers: { connection: 'close' } });
    expect(await client.ended()).toBe('fin');
  });
});

describe('Ports of their own', () => {
  let port: number;
  let taken: Server;

  beforeEach(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    ({ port } = taken.address() as AddressInfo);
  });
  const release = (): Promise<unknown> => new Promise((resolve) => taken.close(resolve));
  afterEach(release);

  /** Gateways whose port is known to the test only: from a factory. */
  function onOwnPort(options: Record<string, ProvidedGatewayOptions>) {
    return Object.entries(options).flatMap(([name, provided]) => {
      @WebSocketGateway()
      class PortGateway {
        @SubscribeMessage(1)
        where(): string {
          return name;
        }
      }
      return [PortGateway, provideGatewayOptions(PortGateway, { useFactory: () => provided })];
    });
  }

  it('several paths share one; unknown ones get 404, plain requests 426, and the application’s port has none of them', async () => {
    await release();
    const providers = onOwnPort({ a: { port, path: '/a' }, b: { port, path: '/b/:x' }, main: { path: '/a' } });
    const app = await start({ providers });
    expect(await ask(await dial(port, '/a'))).toBe('a');
    expect(await ask(await dial(port, '/b/1'))).toBe('b');
    // Of both families, where the machine has both.
    const loopback = Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => internal));
    for (const { address, family } of loopback) {
      const socket = connect(port, address);
      await once(socket, 'connect');
      expect(socket.remoteFamily).toBe(family);
      socket.destroy();
    }
    expect(await ask(await app.connect('/a'))).toBe('main');
    for (const [at, path] of [
      [port, '/c'],
      [app.port, '/b/1'],
    ] as const) {
      expect((await (await answer(at, path)).response()).status).toBe(404);
    }
    expect((await fetch(`http://127.0.0.1:${String(port)}/a`)).status).toBe(426);
  });

  it('reject listen() where they are taken, and say which; nothing goes on listening', async () => {
    const providers = onOwnPort({ a: { port } });
    const failing = GatewayApp.start({ providers }, { ownPorts: { host: '127.0.0.1' } });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringContaining(String(port)),
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('reject NestFactory’s listen() as well, where it is not to end the process', async () => {
    @Module({ providers: onOwnPort({ a: { port } }) })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    app.useWebSocketAdapter(new NestwireAdapter(app, { ownPorts: { host: '127.0.0.1' } }));
    await expect(app.listen(0, '127.0.0.1')).rejects.toThrow(/in use/);
    expect((app.getHttpServer() as Server).listening).toBe(false);
    await app.close();
  });

  it('are listened on when the application has booted, and not before; its own hook still runs', async () => {
    await release();
    const events: string[] = [];
    const tryPort = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => (socket.destroy(), resolve('open')));
        socket.once('error', () => resolve('closed'));
      });
    @Injectable()
    class Slow {
      async onModuleInit(): Promise<void> {
        events.push(`init ${await tryPort()}`);
      }
    }
    @Module({ providers: [...onOwnPort({ a: { port } }), Slow] })
    class AppModule implements OnApplicationBootstrap {
      readonly name = 'module';
      async onApplicationBootstrap(): Promise<void> {
        events.push(`bootstrap of ${this.name} ${await tryPort()}`);
      }
    }
    await start({ imports: [AppModule] });
    expect(events).toEqual(['init closed', 'bootstrap of module open']);
  });

  it('are free again after close(), also from clients that never said anything', async () => {
    await release();
    const app = await start({ providers: onOwnPort({ a: { port } }) });
    const silent = await RawClient.connect(port);
    closing.push(() => silent.destroy());
    await dial(port, '/');
    await app.stop();
    taken = createServer();
    await new Promise<void>((resolve, reject) => taken.once('error', reject).listen(port, '127.0.0.1', resolve));
  });
});

describe('Options of a gateway from a factory', () => {
  @Injectable()
  class Config {
    readonly values = { path: '/from-config', maxMessageBytes: 100 };
  }

  @WebSocketGateway({ path: '/declared', maxMessageBytes: 50 } satisfies NestwireGatewayOptions)
  class ConfiguredGateway {
    @SubscribeMessage(1)
    where(@ConnectedSocket() client: NestwireClient): string {
      return client.request.path;
    }
  }

  const fromConfig = provideGatewayOptions(ConfiguredGateway, {
    inject: [Config],
    useFactory: async (config: Config) => {
      await new Promise((resolve) => setImmediate(resolve));
      return config.values;
    },
  });

  it('inject, may be asynchronous, and win over the decorator’s', async () => {
    const app = await start({ providers: [ConfiguredGateway, Config, fromConfig] });
    const peer = await app.connect('/from-config');
    expect(await ask(peer)).toBe('/from-config');
    expect((await (await answer(app.port, '/declared')).response()).status).toBe(404);
    peer.send({ userId: 1, code: 1, data: 'x'.repeat(60) });
    expect(await peer.take(1)).toHaveLength(1);
    peer.send({ userId: 1, code: 1, data: 'x'.repeat(100) });
    expect((await peer.closed).code).toBe(1009);
  });

  it('are one application’s: the next has the decorator’s again', async () => {
    await start({ providers: [ConfiguredGateway, Config, fromConfig] });
    const app = await start({ providers: [ConfiguredGateway] });
    expect(await ask(await app.connect('/declared'))).toBe('/declared');
  });

  it('of two applications at once are told apart, or refused', async () => {
    const made = async (path: string): Promise<INestApplication> => {
      const options = provideGatewayOptions(ConfiguredGateway, { useFactory: () => ({ path }) });
      const module = await Test.createTestingModule({ providers: [ConfiguredGateway, options] }).compile();
      const nest = module.createNestApplication({ logger: false });
      closing.push(() => nest.close());
      nest.useWebSocketAdapter(new NestwireAdapter(nest));
      return nest;
    };
    const [first, second] = [await made('/first'), await made('/second')];
    await expect(first.init()).rejects.toThrow(/\/second/);
    await second.init();
  });

  it('a port that is none does not start', async () => {
    const options = provideGatewayOptions(ConfiguredGateway, { useFactory: () => ({ port: 70_000 }) });
    await expect(GatewayApp.start({ providers: [ConfiguredGateway, options] })).rejects.toThrow(RangeError);
  });
});
