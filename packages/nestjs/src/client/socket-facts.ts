import { type CloseCause, type ConnectionRequest, ReadyState } from '@nestwire/engine';
import { WsSocket } from './ws-socket.js';

/**
 * What a client tells of its connection, and whether it keeps up with what it is sent. A class to extend, rather than an object of its own,
 * because every idle connection would have that object.
 */
export abstract class SocketFacts extends WsSocket {
  /** What the opening handshake said. */
  get request(): ConnectionRequest {
    return this.connection.request;
  }

  /** The state as a WHATWG socket has it: 1 open, 2 closing, 3 closed. */
  get readyState(): ReadyState {
    return this.connection.readyState;
  }

  get isOpen(): boolean {
    return this.connection.readyState === ReadyState.Open;
  }

  /** Bytes taken by `send` that the operating system does not have yet. */
  get bufferedAmount(): number {
    return this.connection.bufferedAmount;
  }

  /** How long the last ping took to the peer and its pong back, in milliseconds; `undefined` before the first (`pingIntervalMs`). */
  get roundTripTimeMs(): number | undefined {
    return this.connection.roundTripTimeMs;
  }

  /** The code of the peer's close frame; 1005 if it held none, 1006 while there was none. RFC 6455 §7.1.5. */
  get closeCode(): number {
    return this.connection.closeCode;
  }

  /** The reason in the peer's close frame. RFC 6455 §7.1.6. */
  get closeReason(): string {
    return this.connection.closeReason;
  }

  /** Whether both ends said goodbye. RFC 6455 §7.1.4. */
  get wasClean(): boolean {
    return this.connection.wasClean;
  }

  /** Who ended the connection, and how; `undefined` while nobody has. */
  get cause(): CloseCause | undefined {
    return this.connection.cause;
  }

  /** Whether {@link whenWritable} has nothing to wait for: the connection is open, and its client keeps up. */
  get isWritable(): boolean {
    return this.connection.isWritable;
  }

  /**
   * What to wait for when `send()` says `'backpressure'`: resolves with `true` once little enough waits to be sent (`outboundLowWaterBytes`),
   * at once where the client keeps up; with `false` where the connection is closing or closed, or ends before. It never rejects. A handler
   * that waits so long that it is past `handlerTimeoutMs` is answered for: give a stream instead, which may wait.
   *
   * ```ts
   * for (const row of rows) {
   *   if (client.send(2001, row) === SendResult.Backpressure && !(await client.whenWritable())) break;
   * }
   * ```
   */
  whenWritable(): Promise<boolean> {
    return this.connection.whenWritable();
  }
}
