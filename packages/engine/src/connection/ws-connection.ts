import type { ReadyState, Violation } from '@nestwire/protocol';
import type { PreparedMessage } from './prepared-message.js';
import type { SendOptions } from './slow-consumer.js';
import type { TlsFacts } from './tls-facts.js';

/** What `send` says about a message. */
export const SendResult = {
  /** Taken, and the peer keeps up. */
  Sent: 'sent',
  /**
   * Taken, but the peer reads more slowly than we write: wait for `onDrain` or `whenWritable()` before sending more. `slowConsumer` says what
   * becomes of what is sent nevertheless.
   */
  Backpressure: 'backpressure',
  /** Not taken, because the peer reads too slowly: `'drop-newest'`. */
  Dropped: 'dropped',
  /** Not taken: the connection is closing or closed. */
  Closed: 'closed',
} as const;

export type SendResult = (typeof SendResult)[keyof typeof SendResult];

/** Why a connection ended: who acted first, and how. */
export const CloseCause = {
  /** The peer sent a close frame first. */
  Peer: 'peer',
  /** `close()` was called here. */
  Local: 'local',
  /** `terminate()` was called here. */
  Terminated: 'terminated',
  /** The peer broke a rule; `violation` names it. */
  Violation: 'violation',
  /** The peer did not read what it was sent, and too much waited for it, or for all: `maxOutboundBytes`, `maxOutboundTotalBytes`. */
  SlowConsumer: 'slow-consumer',
  /** Unfinished messages took too much memory in all, and this one the most. */
  Overload: 'overload',
  /** The peer did not finish the closing handshake in time. */
  ClosingTimeout: 'closing-timeout',
  /** The peer gave no sign of life after a ping: `pongTimeoutMs`. */
  PingTimeout: 'ping-timeout',
  /** No message came for `silenceTimeoutMs`. */
  SilenceTimeout: 'silence-timeout',
  /** The transport ended without a close frame. */
  TransportEnded: 'transport-ended',
  /** The transport failed: a reset, an unreachable network, a machine that TCP's keep-alive did not find any longer. */
  TransportError: 'transport-error',
} as const;

export type CloseCause = (typeof CloseCause)[keyof typeof CloseCause];

/** What the opening handshake said, without keeping the HTTP request alive. */
export interface ConnectionRequest {
  /** Begins with `/`; as sent, percent-encoding included. RFC 6455 §3. */
  readonly path: string;
  /** Without its `?`; empty where there was none. */
  readonly query: string;
  /** The query, taken apart; a new object at each access. */
  readonly searchParams: URLSearchParams;
  /** The host that the client asked for, with its port unless it is the scheme's; as a listed proxy tells it. */
  readonly host: string;
  /** `Origin`, which browsers always send; `undefined` from others. RFC 6455 §10.2. */
  readonly origin: string | undefined;
  /**
   * Whether the client came by TLS; `undefined` on a server's plain socket, where a proxy that is not listed may have taken it
   * off.
   */
  readonly secure: boolean | undefined;
  /**
   * The client's address, as listed proxies tell it; else the socket's other end. `undefined` where it is not known: on a
   * unix socket, or where a proxy does not tell. An IPv4 address is written as such, also on a socket of both families.
   */
  readonly remoteAddress: string | undefined;
  /** The address of the socket's other end, which may be a proxy's; `undefined` on unix sockets. */
  readonly peerAddress: string | undefined;
  /** The TLS session of the socket itself; `undefined` on a plain one, also where a proxy has taken TLS off. */
  readonly tls: TlsFacts | undefined;
}

/** One WebSocket connection. */
export interface WsConnection {
  readonly request: ConnectionRequest;
  /** The negotiated subprotocol; `undefined` for none. RFC 6455 §1.9. */
  readonly subprotocol: string | undefined;

  /** What was accepted of `Sec-WebSocket-Extensions`; empty for none. RFC 6455 §9.1. */
  readonly extensions: string;

  /** The state as a WHATWG socket has it: 1 open, 2 closing, 3 closed. */
  readonly readyState: ReadyState;
  /** Bytes taken by `send` that the operating system does not have yet, frame headers included. */
  readonly bufferedAmount: number;

  /** How long the last ping took to the peer and its pong back, in milliseconds; `undefined` before the first (`pingIntervalMs`). */
  readonly roundTripTimeMs: number | undefined;

  /**
   * The code of the peer's close frame, 1005 if it held none, 1006 while there was none. RFC 6455 §7.1.5. Settled when
   * the listener's `onClose` is called.
   */
  readonly closeCode: number;
  /** The reason in the peer's close frame; empty if there was none. RFC 6455 §7.1.6. */
  readonly closeReason: string;
  /** Whether both ends sent a close frame before the transport closed. RFC 6455 §7.1.4. */
  readonly wasClean: boolean;
  /** Who ended it, and how; `undefined` while nobody has. */
  readonly cause: CloseCause | undefined;
  /** The rule that the peer broke, where `cause` is `'violation'`. */
  readonly violation: Violation | undefined;

  /**
   * Sends a message: a string as text, bytes as binary; or one that was prepared, for many connections. Bytes are copied before this
   * returns.
   *
   * @param options - what becomes of it if the peer reads too slowly, where that is not as `slowConsumer` says for all.
   * @throws TypeError for anything else; while a peer is slow, RangeError or TypeError for options that are none.
   */
  send(message: string | Uint8Array | PreparedMessage, options?: SendOptions): SendResult;

  /** Whether {@link whenWritable} has nothing to wait for: the connection is open, and its peer keeps up. */
  readonly isWritable: boolean;

  /**
   * Resolves with `true` once little enough waits to be sent (`outboundLowWaterBytes`), at once where `send` has not said `'backpressure'`;
   * with `false` where the connection is closing or closed, or ends before. It never rejects.
   */
  whenWritable(): Promise<boolean>;

  /**
   * Sends a ping. RFC 6455 §5.5.2.
   *
   * @param payload - at most 125 bytes, which the pong returns.
   * @throws TypeError for anything but bytes, RangeError for a longer one.
   */
  ping(payload?: Uint8Array): SendResult;

  /**
   * Sends a pong that nobody has asked for: "a response to an unsolicited Pong frame is not expected" (RFC 6455 §5.5.3). Pings are
   * answered without it.
   *
   * @param payload - at most 125 bytes.
   * @throws TypeError for anything but bytes, RangeError for more of them.
   */
  pong(payload?: Uint8Array): SendResult;

  /**
   * Calls back once the operating system has all that was sent so far, or, with an error, once it is certain that it never will; never
   * before this returns. That the peer has it, nobody knows.
   */
  whenWritten(written: (error?: Error) => void): void;

  /**
   * Begins the closing handshake: sends a close frame, waits for the peer's, then ends the transport; past
   * `closeTimeoutMs` it drops it. Messages sent before go out before. Once closing, further calls change nothing.
   * RFC 6455 §7.1.2.
   *
   * @param code - what this role may send. @default 1000
   * @param reason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that may not be sent, or a longer reason; nothing is sent then.
   */
  close(code?: number, reason?: string): void;

  /** Drops the transport at once; the peer sees 1006. Prefer `close()`. */
  terminate(): void;

  /** Stops reading: no message, ping, pong or close is seen until `resume()`, and the peer is held up in turn. */
  pause(): void;
  resume(): void;
}

/**
 * What a connection tells. One listener may serve any number of connections. Nothing is told after `onClose`.
 *
 * The bytes of a message are the listener's own: they are not used again. A listener MUST NOT throw: what it throws ends in the
 * process's `uncaughtException`, and the rest of the chunk is lost.
 */
export interface ConnectionListener {
  onMessage(connection: WsConnection, message: string | Uint8Array): void;
  /** Once, when the transport is gone; `closeCode`, `closeReason`, `wasClean` and `cause` are settled. */
  onClose?(connection: WsConnection): void;
  /** A ping came; its pong is on its way already. RFC 6455 §5.5.2. */
  onPing?(connection: WsConnection, payload: Uint8Array): void;
  /** An answer to a ping of the application's, or one that nobody asked for; those to `pingIntervalMs`'s pings are not told. */
  onPong?(connection: WsConnection, payload: Uint8Array): void;
  /**
   * The server drains, and this connection's turn has come: it is closed when what this returns has settled, or at once. What is owed to the
   * peer is sent before; `finishMs` bounds it.
   */
  onGoingAway?(connection: WsConnection): PromiseLike<unknown> | undefined;
  /** After `send` said `'backpressure'`: no more than `outboundLowWaterBytes` waits. */
  onDrain?(connection: WsConnection): void;
}
