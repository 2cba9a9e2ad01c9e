import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { GatewayApp } from '../../spec/gateway-app.js';
import { NestwireServer } from '../server/nestwire-server.js';
import { NestwireServers } from './nestwire-servers.js';
import { NestwireModule } from './nestwire.module.js';

@WebSocketGateway()
class ChatGateway {
  @WebSocketServer() server!: NestwireServer;

  @SubscribeMessage(1)
  echo(): string {
    return 'here';
  }
}

@WebSocketGateway({ path: '/news' })
class NewsGateway {}

/** In a module of its own, which imports nothing. */
@Injectable()
class Announcer {
  readonly news: NestwireServer;

  constructor(
    readonly chat: NestwireServer,
    servers: NestwireServers,
  ) {
    this.news = servers.of(NewsGateway);
    this.chat.broadcast(5, 'to nobody');
  }
}

@Controller('announce')
class AnnounceController {
  constructor(private readonly announcer: Announcer) {}

  @Get()
  announce(): string {
    this.announcer.chat.broadcast(5, 'to all');
    return 'announced';
  }
}

@Module({ providers: [Announcer], controllers: [AnnounceController] })
class AnnounceModule {}

@Injectable()
class Config {
  readonly maxMessageBytes = 100;
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

let app: GatewayApp;
afterEach(() => app.stop());

class ChatAnnouncer {
  constructor(readonly chat: NestwireServer) {}
}

describe('NestwireModule', () => {
  it('gives services and controllers the only server, from before the start', async () => {
    @Module({
      providers: [
        { provide: Announcer, useFactory: (chat: NestwireServer) => new ChatAnnouncer(chat), inject: [NestwireServer] },
      ],
      controllers: [AnnounceController],
    })
    class ChatModule {}
    app = await GatewayApp.start({ imports: [NestwireModule.forRoot(), ChatModule], providers: [ChatGateway] });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1 });
    await peer.take(1);
    expect(await (await fetch(`http://127.0.0.1:${String(app.port)}/announce`)).text()).toBe('announced');
    expect(await peer.take(1)).toEqual([{ code: 5, data: 'to all' }]);
    const server = app.app.get(NestwireServer);
    const own = app.app.get(ChatGateway).server;
    expect([server.path, [...server.clients], server.counts]).toEqual(['/', [...own.clients], own.counts]);
  });

  it('of several paths, gives each by its gateway, and says so to who asks for the only one', async () => {
    app = await GatewayApp.start({
      imports: [NestwireModule.forRoot(), AnnounceModule],
      providers: [ChatGateway, NewsGateway],
    });
    const peer = await app.connect('/news');
    const { chat, news } = app.app.get(Announcer);
    news.broadcast(6, 'news');
    expect(await peer.take(1)).toEqual([{ code: 6, data: 'news' }]);
    expect(() => chat.broadcast(5)).toThrow(/could be that of \/, \/news: inject NestwireServers/);
    await expect(chat.connections()).rejects.toThrow(/could be/);
  });

  it('does not start where somebody wants the server of what is no gateway', async () => {
    class NoGateway {}
    const servers = {
      provide: 'x',
      useFactory: (all: NestwireServers) => all.of(NoGateway),
      inject: [NestwireServers],
    };
    const starting = GatewayApp.start({ imports: [NestwireModule.forRoot()], providers: [ChatGateway, servers] });
    await expect(starting).rejects.toThrow(/NoGateway is no gateway/);
  });

  it('gives the adapter its options, from dependency injection too; what the adapter is given wins', async () => {
    const module = NestwireModule.forRootAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: ({ maxMessageBytes }: Config) => Promise.resolve({ maxMessageBytes, allowNoOrigin: false }),
    });
    app = await GatewayApp.start({ imports: [module], providers: [ChatGateway] }, { allowNoOrigin: true });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1, data: 'x'.repeat(100) });
    expect(await peer.closed).toMatchObject({ code: 1009 });
  });

  it('can be kept to the modules that import it', async () => {
    const module = NestwireModule.forRoot({ isGlobal: false, maxMessageBytes: 100 });
    expect(module.global).toBe(false);
    app = await GatewayApp.start({ imports: [module], providers: [ChatGateway] });
    const starting = GatewayApp.start({ imports: [module, AnnounceModule], providers: [ChatGateway, NewsGateway] });
    await expect(starting).rejects.toThrow(/Announcer/);
  });

  it('knows an application of its own only', async () => {
    app = await GatewayApp.start({ imports: [NestwireModule.forRoot()], providers: [ChatGateway] });
    const other = await GatewayApp.start({ imports: [NestwireModule.forRoot()], providers: [ChatGateway] });
    const peer = await other.connect();
    expect([app.app.get(NestwireServer).clients.size, other.app.get(NestwireServer).clients.size]).toEqual([0, 1]);
    peer.socket.terminate();
    await other.stop();
  });
});
