import type { ExecutionContext, Type } from '@nestjs/common';
import type { Handshake } from './handshake.js';

/** Guards of handshakes guard no method: metadata is on the gateway alone. */
function handshakeOfGateway(): void {
  // Never called.
}

/** What guards of a handshake are called with: an HTTP request without a response, which the server writes. */
export class HandshakeContext implements ExecutionContext {
  constructor(
    private readonly handshake: Handshake,
    private readonly gateway: Type,
  ) {}

  getClass<T>(): Type<T> {
    return this.gateway as Type<T>;
  }

  getHandler(): () => void {
    return handshakeOfGateway;
  }

  getArgs<T extends unknown[]>(): T {
    return [this.handshake] as unknown[] as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.getArgs()[index] as T;
  }

  getType<T extends string>(): T {
    return 'http' as T;
  }

  switchToHttp(): ReturnType<ExecutionContext['switchToHttp']> {
    return {
      getRequest: <T>() => this.handshake as T,
      getResponse: () => throwNone('response: throw an HttpException'),
      getNext: () => throwNone('next function'),
    };
  }

  switchToWs(): ReturnType<ExecutionContext['switchToWs']> {
    return throwNone('client yet: ask Handshake.of(context)');
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return throwNone('remote procedure');
  }
}

function throwNone(what: string): never {
  throw new Error(`A guard of a handshake has no ${what}`);
}
