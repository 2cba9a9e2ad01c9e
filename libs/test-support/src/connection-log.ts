import type { CloseCause, ConnectionListener, Violation, WsConnection } from '@nestwire/engine';
import { hex } from './hex.js';

/** What is settled when a connection has closed. */
export interface CloseFacts {
  readonly closeCode: number;
  readonly closeReason: string;
  readonly wasClean: boolean;
  readonly cause: CloseCause | undefined;
  readonly violation: Violation | undefined;
}

/** What a connection told; bytes in hex. */
export type LogEntry =
  | readonly ['text', string]
  | readonly ['binary', string]
  | readonly ['ping', string]
  | readonly ['pong', string]
  | readonly ['drain']
  | readonly ['close', CloseFacts];

/** Writes down what a connection tells its listener, then passes it on; specs wait for what they need. */
export class ConnectionLog implements ConnectionListener {
  readonly entries: LogEntry[] = [];
  /** The messages themselves. */
  readonly messages: (string | Uint8Array)[] = [];
  private wake: () => void = () => {};

  constructor(private readonly then: Partial<ConnectionListener> = {}) {}

  onMessage(connection: WsConnection, message: string | Uint8Array): void {
    this.messages.push(message);
    this.add(typeof message === 'string' ? ['text', message] : ['binary', hex(message)]);
    this.then.onMessage?.(connection, message);
  }

  onPing(connection: WsConnection, payload: Uint8Array): void {
    this.add(['ping', hex(payload)]);
    this.then.onPing?.(connection, payload);
  }

  onPong(connection: WsConnection, payload: Uint8Array): void {
    this.add(['pong', hex(payload)]);
    this.then.onPong?.(connection, payload);
  }

  onDrain(connection: WsConnection): void {
    this.add(['drain']);
    this.then.onDrain?.(connection);
  }

  onClose(connection: WsConnection): void {
    const { closeCode, closeReason, wasClean, cause, violation } = connection;
    this.add(['close', { closeCode, closeReason, wasClean, cause, violation }]);
    this.then.onClose?.(connection);
  }

  /** Waits until there are so many entries, and returns them. */
  async atLeast(count: number): Promise<readonly LogEntry[]> {
    while (this.entries.length < count) await this.change();
    return this.entries;
  }

  async drained(): Promise<void> {
    while (!this.entries.some(([kind]) => kind === 'drain')) await this.change();
  }

  /** Waits for the end. */
  async closed(): Promise<CloseFacts> {
    for (;;) {
      const last = this.entries.at(-1);
      if (last?.[0] === 'close') return last[1];
      await this.change();
    }
  }

  private add(entry: LogEntry): void {
    this.entries.push(entry);
    this.wake();
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.wake = resolve));
  }
}
