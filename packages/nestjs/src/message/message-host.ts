import type { ArgumentsHost, ExecutionContext, Type } from '@nestjs/common';
import type { NestwireMessage } from './nestwire-message.js';

type WsHost = ReturnType<ArgumentsHost['switchToWs']>;

/** What Nest's handler is called with, as filters and parameter decorators get it. */
export class MessageHost implements ArgumentsHost, WsHost {
  constructor(protected readonly args: readonly unknown[]) {}

  /** For a message that Nest's own handler was not called for: the same arguments, in the same places. */
  static of(message: NestwireMessage): MessageHost {
    return new MessageHost([message.client, message.data, message, message.route?.pattern ?? message.code]);
  }

  getArgs<T extends unknown[]>(): T {
    return [...this.args] as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.args[index] as T;
  }

  getType<T extends string>(): T {
    return 'ws' as T;
  }

  getClient<T>(): T {
    return this.args[0] as T;
  }

  getData<T>(): T {
    return this.args[1] as T;
  }

  /** A code or a contract's entry, as Nest's own host has it, whatever the type says. */
  getPattern(): string {
    return this.args[3] as string;
  }

  switchToWs(): WsHost {
    return this;
  }

  switchToHttp(): ReturnType<ArgumentsHost['switchToHttp']> {
    const { args } = this;
    return {
      getRequest: <T>() => args[0] as T,
      getResponse: <T>() => args[1] as T,
      getNext: <T>() => args[2] as T,
    };
  }

  switchToRpc(): ReturnType<ArgumentsHost['switchToRpc']> {
    const { args } = this;
    return { getData: <T>() => args[0] as T, getContext: <T>() => args[1] as T };
  }
}

/** The same, with the method that is to be called; `getArgs` has, as in Nest, the array itself that its arguments are found in. */
export class HandlerContext extends MessageHost implements ExecutionContext {
  constructor(
    args: unknown[],
    private readonly type: Type,
    private readonly handler: (...args: never[]) => unknown,
  ) {
    super(args);
  }

  override getArgs<T extends unknown[]>(): T {
    return this.args as T;
  }

  getClass<T>(): Type<T> {
    return this.type as Type<T>;
  }

  getHandler(): ReturnType<ExecutionContext['getHandler']> {
    return this.handler;
  }
}
