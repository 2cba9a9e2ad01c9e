import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { type Server, WebSocket } from 'ws';
import type { Gates } from './answers.gateway.js';

/** A socket, with what the README of ws keeps on it. */
interface Beating extends WebSocket {
  isAlive?: boolean;
}

/** What was seen on the server's side, for the test. */
export interface Seen {
  readonly events: unknown[];
}

/** What a gateway does with `server` and `client` themselves. */
export function socketsGateway(seen: Seen, gates: Gates): Type {
  @WebSocketGateway({ path: '/sockets' })
  class SocketsGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
    @WebSocketServer()
    private readonly server!: Server;

    afterInit(server: Server): void {
      server.on('connection', (socket: Beating, request: IncomingMessage) => {
        seen.events.push(['connection', server.clients.has(socket), request.url]);
        socket.isAlive = true;
        socket.on('pong', function (this: Beating) {
          this.isAlive = true;
        });
      });
    }

    async handleConnection(client: WebSocket, request: IncomingMessage): Promise<void> {
      const url = new URL(request.url ?? '', 'http://localhost');
      client.send(
        JSON.stringify({
          method: request.method,
          user: url.searchParams.get('user'),
          origin: request.headers.origin,
          cookie: request.headers['cookie'],
          local: /127\.0\.0\.1$/.test(request.socket.remoteAddress ?? ''),
          protocol: client.protocol,
        }),
      );
      if (url.searchParams.has('raw')) this.listenRaw(client);
      if (url.searchParams.has('wait')) await gates.wait('connection');
    }

    handleDisconnect(client: WebSocket, reason?: unknown): void {
      seen.events.push(['disconnect', client.readyState === WebSocket.CLOSED, reason, this.server.clients.has(client)]);
    }

    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown): unknown {
      return data;
    }

    @SubscribeMessage('broadcast')
    broadcast(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void {
      this.server.clients.forEach((other) => {
        if (other !== client && other.readyState === WebSocket.OPEN) {
          other.send(JSON.stringify({ event: 'broadcast', data }));
        }
      });
    }

    @SubscribeMessage('send')
    async send(@ConnectedSocket() client: WebSocket): Promise<string[]> {
      const results: string[] = [];
      const sent = (name: string, ...args: [unknown, object?]): Promise<void> =>
        new Promise((resolve) => {
          const written = (error?: Error): void => {
            results.push(`${name}: ${error === undefined || error === null ? 'written' : 'failed'}`);
            resolve();
          };
          if (args[1] === undefined) client.send(args[0] as string, written);
          else client.send(args[0] as string, args[1], written);
        });
      await sent('text', 'text');
      await sent('buffer', Buffer.from('buffer'));
      await sent('array', Uint8Array.of(1, 2).buffer);
      await sent('as binary', 'as binary', { binary: true });
      await sent('as text', Buffer.from('as text'), { binary: false });
      return results;
    }

    @SubscribeMessage('leave')
    leave(@ConnectedSocket() client: WebSocket, @MessageBody() data: { code: number; reason: string }): void {
      client.on('close', (code, reason) =>
        seen.events.push(['close', code, reason.toString(), this.server.clients.has(client)]),
      );
      client.close(data.code, data.reason);
      client.send('"never"', (error) => seen.events.push(['send', error instanceof Error, client.readyState]));
    }

    @SubscribeMessage('drop')
    drop(@ConnectedSocket() client: WebSocket): void {
      client.terminate();
    }

    /** A round of what the README of ws has as its heartbeat. */
    @SubscribeMessage('round')
    round(): void {
      for (const client of this.server.clients as Set<Beating>) {
        if (client.isAlive === false) client.terminate();
        client.isAlive = false;
        client.ping();
      }
    }

    private listenRaw(client: WebSocket): void {
      const told = (data: Buffer, isBinary: boolean): void => {
        seen.events.push(['message', Buffer.isBuffer(data), data.toString(), isBinary]);
      };
      client.addEventListener('message', ({ type, data }) => seen.events.push([type, data]), { once: true });
      const never = (): void => void seen.events.push('never');
      client.addEventListener('close', never);
      client.removeEventListener('close', never);
      client.addEventListener('close', ({ type, code, reason, wasClean }) =>
        seen.events.push([type, code, reason, wasClean]),
      );
      client.on('message', told);
      client.once('message', () => seen.events.push(['once']));
      client.on('ping', (data: Buffer) => {
        seen.events.push(['ping', data.toString()]);
        client.off('message', told);
      });
      client.on('error', (error: unknown) => seen.events.push(['error', error instanceof Error || typeof error]));
      client.on('close', (code: number) => seen.events.push(['close', code]));
    }
  }
  return SocketsGateway;
}
