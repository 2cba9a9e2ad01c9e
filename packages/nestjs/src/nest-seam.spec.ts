import { describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, SetMetadata, UseFilters } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { Concurrency } from './decorators/concurrency.decorator.js';
import { HandlerTimeout } from './decorators/handler-timeout.decorator.js';
import { Unordered } from './decorators/unordered.decorator.js';
import { prepareGateways } from './nest-seam.js';

@Catch(WsException)
class Filter {
  catch(exception: WsException, _host: ArgumentsHost): string {
    return `caught ${exception.message}`;
  }
}

class Base {
  @Concurrency(4)
  @Unordered()
  @HandlerTimeout(50)
  @SubscribeMessage(1)
  inherited(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@UseFilters(Filter)
@WebSocketGateway(8080, { path: '/seam' })
class Gateway extends Base {
  @SetMetadata('mine', 'kept')
  @SubscribeMessage(2)
  own(...data: unknown[]): number {
    return data.length;
  }

  handleConnection(client: unknown): unknown {
    return client;
  }
}

function parametersOf(name: string): string[] {
  return Object.keys((Reflect.getMetadata('__routeArguments__', Gateway, name) ?? {}) as object);
}

describe('What the adapter reads from Nest and prepares', () => {
  async function prepare(): Promise<ReturnType<typeof prepareGateways>> {
    const module = await Test.createTestingModule({ providers: [Gateway, Filter] }).compile();
    return prepareGateways(module);
  }

  it('finds gateways with port, path and handlers, inherited ones too: the metadata is where we think', async () => {
    expect(await prepare()).toEqual([
      {
        type: Gateway,
        instance: expect.any(Gateway),
        module: 'RootTestModule',
        port: 8080,
        path: '/seam',
        scoped: false,
        handlers: [
          {
            name: 'Gateway.own',
            message: 2,
            plan: { limit: 1, ordered: true, timeoutMs: undefined, cost: 1, rate: undefined },
            direct: expect.any(Function),
            filters: expect.any(Function),
            tellsMessage: expect.any(Function),
          },
          {
            name: 'Gateway.inherited',
            message: 1,
            plan: { limit: 4, ordered: false, timeoutMs: 50, cost: 1, rate: undefined },
            direct: expect.any(Function),
            filters: expect.any(Function),
            tellsMessage: expect.any(Function),
          },
        ],
      },
    ]);
  });

  it('prepares a class once, however many applications have it', async () => {
    await prepare();
    const { own, handleConnection } = Gateway.prototype;
    const filters = Reflect.getMetadata('__exceptionFilters__', Gateway) as unknown[];
    const parameters = parametersOf('own');
    await prepare();
    expect(Gateway.prototype.own).toBe(own);
    expect(Gateway.prototype.handleConnection).toBe(handleConnection);
    expect(Reflect.getMetadata('__exceptionFilters__', Gateway)).toBe(filters);
    expect(parametersOf('own')).toEqual(parameters);
  });

  it("leaves a handler's name and metadata to guards and interceptors", async () => {
    await prepare();
    expect(Gateway.prototype.own.name).toBe('own');
    expect(new Reflector().get('mine', Gateway.prototype.own)).toBe('kept');
  });

  it('changes nothing where no message of ours comes along', async () => {
    await prepare();
    const gateway = new Gateway();
    expect(gateway.own('a', 'b')).toBe(2);
    expect(gateway.inherited('x')).toBe('x');
    expect(gateway.handleConnection('client')).toBe('client');
    const host = { getArgs: () => ['client', 'data'] } as unknown as ArgumentsHost;
    expect(new Filter().catch(new WsException('e'), host)).toBe('caught e');
  });
});
