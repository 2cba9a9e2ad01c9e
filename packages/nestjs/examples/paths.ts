import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter, NestwireClient, provideGatewayOptions } from '@nestwire/nestjs';

@WebSocketGateway({ path: '/files/*path', maxMessageBytes: 1024 * 1024 })
class FilesGateway {
  @SubscribeMessage(1001)
  where(@ConnectedSocket() client: NestwireClient): object {
    return { file: client.params['path'], version: client.request.searchParams.get('version') };
  }
}

@WebSocketGateway()
class AdminGateway {
  @SubscribeMessage(1001)
  where(): string {
    return 'behind a port of its own';
  }
}

@Injectable()
class Config {
  readonly adminPort = Number(process.env['ADMIN_PORT'] ?? 9003);
}

@Module({
  providers: [
    FilesGateway,
    AdminGateway,
    Config,
    provideGatewayOptions(AdminGateway, {
      inject: [Config],
      useFactory: (config: Config) => ({ port: config.adminPort, path: '/admin' }),
    }),
  ],
})
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app, { ownPorts: { host: '127.0.0.1' } }));
await app.listen(process.env['PORT'] ?? 9002);
