import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Scope,
  type Type,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import { from, map, type Observable, throwError } from 'rxjs';
import type { Server, WebSocket } from 'ws';

/*
 * The gateways of Nest's own sample for ws (sample/16-gateways-ws) and of its own tests of WsAdapter (integration/websockets), written
 * anew. They are made for each application: what one adapter does to a class is not to help the other.
 */

export interface SamplePorts {
  readonly events: number;
  readonly application: number;
  readonly core: number;
}

interface Patterned extends WebSocket {
  pattern?: unknown;
}

export function sampleGateways(ports: SamplePorts): Type[] {
  @Catch(WsException)
  class RequestFilter implements ExceptionFilter<WsException> {
    catch(exception: WsException, host: ArgumentsHost): void {
      const ws = host.switchToWs();
      const message = { pattern: ws.getPattern(), message: exception.message };
      ws.getClient<WebSocket>().send(JSON.stringify({ event: 'exception', data: message }));
    }
  }

  class RequestInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const ws = context.switchToWs();
      ws.getClient<Patterned>().pattern = ws.getPattern();
      return next.handle();
    }
  }

  /** The sample's. */
  @WebSocketGateway(ports.events)
  class EventsGateway {
    @WebSocketServer()
    server!: Server;

    @SubscribeMessage('events')
    onEvent(_client: WebSocket, _data: unknown): Observable<WsResponse<number>> {
      return from([1, 2, 3]).pipe(map((item) => ({ event: 'events', data: item })));
    }

    @SubscribeMessage('identity')
    identity(@MessageBody() data: number): Promise<number> {
      return Promise.resolve(data);
    }

    @SubscribeMessage('clients')
    count(): number {
      return this.server.clients.size;
    }
  }

  @WebSocketGateway(ports.application)
  class ApplicationGateway {
    @SubscribeMessage('push')
    onPush(@MessageBody() data: unknown): WsResponse {
      return { event: 'pop', data };
    }

    @UseInterceptors(RequestInterceptor)
    @SubscribeMessage('getClient')
    getPathCalled(client: Patterned, data: object): WsResponse {
      return { event: 'popClient', data: { ...data, path: client.pattern } };
    }

    @UseFilters(RequestFilter)
    @SubscribeMessage('getClientWithError')
    getPathCalledWithError(): Observable<never> {
      return throwError(() => new WsException('This is an error'));
    }
  }

  @WebSocketGateway(ports.core, { path: '/core' })
  class CoreGateway {
    @SubscribeMessage('push')
    onPush(_client: WebSocket, data: unknown): WsResponse {
      return { event: 'pop', data };
    }
  }

  @WebSocketGateway()
  class ServerGateway {
    @SubscribeMessage('push')
    onPush(_client: WebSocket, data: unknown): WsResponse {
      return { event: 'pop', data };
    }
  }

  @WebSocketGateway()
  class WsErrorGateway {
    @SubscribeMessage('pushError')
    onPush(): Observable<never> {
      return throwError(() => new WsException('test'));
    }
  }

  @WebSocketGateway({ path: '/example/' })
  class ExamplePathGateway {
    @SubscribeMessage('push')
    onPush(_client: WebSocket, data: unknown): WsResponse {
      return { event: 'pop', data };
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class Counter {
    count = 0;
  }

  @WebSocketGateway({ path: '/scoped' })
  class ScopedGateway {
    constructor(private readonly counter: Counter) {}

    @SubscribeMessage('count')
    count(): number {
      return ++this.counter.count;
    }
  }

  @WebSocketGateway({ path: 'ws-path' })
  class WsPathGateway {
    @SubscribeMessage('push')
    onPush(_client: WebSocket, data: unknown): WsResponse {
      return { event: 'pop2', data };
    }
  }
  return [
    EventsGateway,
    ApplicationGateway,
    CoreGateway,
    ServerGateway,
    WsErrorGateway,
    ExamplePathGateway,
    WsPathGateway,
    ScopedGateway,
    Counter,
  ];
}
