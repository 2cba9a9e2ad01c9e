import type { ArgumentsHost } from '@nestjs/common';
import type { NestwireMessage } from './nestwire-message.js';

type WsHost = ReturnType<ArgumentsHost['switchToWs']>;

/** What a filter gets for a message that Nest's own handler was not called for: the same arguments, in the same places. */
export class MessageHost implements ArgumentsHost, WsHost {
  private readonly args: readonly unknown[];

  constructor(message: NestwireMessage) {
    this.args = [message.client, message.data, message, message.route?.pattern ?? message.code];
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
