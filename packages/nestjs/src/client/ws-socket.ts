import { CloseCause, ReadyState, type SendResult, type WsConnection } from '@nestwire/engine';
import { LazyEmitter } from './lazy-emitter.js';
import { type WsEventListener, wrapperOf } from './ws-event-target.js';
import { payloadOf, whenWritten, type Written, type WsData } from './ws-send.js';

/** What a connection tells, in the words of the package `ws`. */
export interface WsEvents {
  /** A message came, before a handler has it; text, too, is bytes here. */
  message: [data: Buffer, isBinary: boolean];
  /** The connection has ended: with the code and the reason of the peer's close frame. */
  close: [code: number, reason: Buffer];
  /** What a connection ends for that has gone wrong; `close` follows. */
  error: [error: Error];
  ping: [payload: Buffer];
  pong: [payload: Buffer];
}

/**
 * What gateways written for `ws` touch on a socket, beside what every client has: its events, and its constants. It costs nothing where
 * nobody listens.
 */
export abstract class WsSocket extends LazyEmitter<WsEvents> {
  static readonly CONNECTING = ReadyState.Connecting;
  static readonly OPEN = ReadyState.Open;
  static readonly CLOSING = ReadyState.Closing;
  static readonly CLOSED = ReadyState.Closed;

  get CONNECTING(): typeof ReadyState.Connecting {
    return ReadyState.Connecting;
  }

  get OPEN(): typeof ReadyState.Open {
    return ReadyState.Open;
  }

  get CLOSING(): typeof ReadyState.Closing {
    return ReadyState.Closing;
  }

  get CLOSED(): typeof ReadyState.Closed {
    return ReadyState.Closed;
  }

  /** As {@link on}, with one event object as the argument; a listener that is there already is not added again. */
  addEventListener(type: keyof WsEvents, listener: WsEventListener, { once = false }: { once?: boolean } = {}): void {
    const wrapper = wrapperOf(type, listener);
    this.off(type, wrapper);
    if (once) this.once(type, wrapper);
    else this.on(type, wrapper);
  }

  removeEventListener(type: keyof WsEvents, listener: WsEventListener): void {
    this.off(type, wrapperOf(type, listener));
  }

  /** The subprotocol of this connection; empty for none. RFC 6455 §1.9. */
  get protocol(): string {
    return this.connection.subprotocol ?? '';
  }

  /** Sends a ping, which the peer answers by itself; `on('pong')` hears of it. RFC 6455 §5.5.2. */
  ping(payload?: WsData, _mask?: boolean, written?: Written): SendResult {
    const result = this.connection.ping(payloadOf(payload));
    if (written !== undefined) whenWritten(this.connection, result, written);
    return result;
  }

  /** Sends a pong that nobody has asked for; pings are answered without it. RFC 6455 §5.5.3. */
  pong(payload?: WsData, _mask?: boolean, written?: Written): SendResult {
    const result = this.connection.pong(payloadOf(payload));
    if (written !== undefined) whenWritten(this.connection, result, written);
    return result;
  }

  protected abstract readonly connection: WsConnection;

  /** @internal Told of what a listener has thrown: it must not keep others from hearing. */
  abstract reportThrown(exception: unknown): void;

  /** @internal */
  tellMessage(message: string | Uint8Array): void {
    if (this.listenerCount('message') === 0) return;
    this.tell(
      'message',
      typeof message === 'string' ? Buffer.from(message) : bytesOf(message),
      typeof message !== 'string',
    );
  }

  /** @internal The connection, which has ended. */
  tellClosed({ cause, violation, closeCode, closeReason }: WsConnection): void {
    if (cause === CloseCause.Violation || cause === CloseCause.TransportError || cause === CloseCause.Overload) {
      if (this.listenerCount('error') > 0)
        this.tell('error', new Error(`The connection failed: ${violation ?? cause}`));
    }
    if (this.listenerCount('close') > 0) this.tell('close', closeCode, Buffer.from(closeReason));
  }

  /** @internal */
  onPing(_connection: WsConnection, payload: Uint8Array): void {
    if (this.listenerCount('ping') > 0) this.tell('ping', bytesOf(payload));
  }

  /** @internal */
  onPong(_connection: WsConnection, payload: Uint8Array): void {
    if (this.listenerCount('pong') > 0) this.tell('pong', bytesOf(payload));
  }

  private tell(event: string, ...args: readonly unknown[]): void {
    try {
      this.emit(event, ...args);
    } catch (exception) {
      this.reportThrown(exception);
    }
  }
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
