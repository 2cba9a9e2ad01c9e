import { type CloseCall, type Ending, whoClosed } from './ending.js';

export type ConnectionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly url: string; readonly askedAt: number }
  | { readonly kind: 'open'; readonly url: string; readonly since: Date }
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed'; readonly ending: Ending };

export interface ConnectionListener {
  onState(state: ConnectionState): void;
  onSent(message: string | Uint8Array): void;
  onReceived(message: string | Uint8Array): void;
}

/** The page's one connection, again and again: the browser's WebSocket, with states and an account of its end. */
export class Connection {
  private current: ConnectionState = { kind: 'idle' };
  private socket: WebSocket | undefined;
  private call: CloseCall | undefined;
  private openedAt: number | undefined;
  private waiting: (() => void)[] = [];

  constructor(private readonly listener: ConnectionListener) {}

  get state(): ConnectionState {
    return this.current;
  }

  /**
   * Opens a connection, unless there is one.
   *
   * @throws DOMException for a URL that is none of a WebSocket's.
   */
  connect(url: string): void {
    if (this.socket !== undefined) return;
    // Before the browser begins: it connects while this script goes on.
    const askedAt = performance.now();
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.call = undefined;
    this.openedAt = undefined;
    this.become({ kind: 'connecting', url, askedAt });
    socket.addEventListener('open', () => {
      this.openedAt = performance.now();
      this.become({ kind: 'open', url, since: new Date() });
    });
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.listener.onReceived(typeof data === 'string' ? data : new Uint8Array(data));
      this.wake();
    });
    // An `error` event says nothing that the `close` event behind it does not say better.
    socket.addEventListener('close', (event) => this.ended(event));
  }

  /** Resolves with whether the connection is open, once that is decided; calls `connect` where there is none. */
  async whenOpen(connect: () => void): Promise<boolean> {
    while (this.current.kind === 'closing') await this.change();
    connect();
    while (this.current.kind === 'connecting') await this.change();
    return this.current.kind === 'open';
  }

  /** Resolves at the next message with `true`, at the connection's end with `false`. */
  async hears(): Promise<boolean> {
    await this.change();
    return this.current.kind === 'open';
  }

  /** Sends a message; on a connection that is not open, does nothing. */
  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.current.kind !== 'open') return;
    this.socket?.send(message);
    this.listener.onSent(message);
  }

  /**
   * Begins the closing handshake.
   *
   * @param closeCode - 1000 or 3000–4999, which is what a browser lets a page send; without one, the frame holds none.
   */
  close(closeCode?: number, reason?: string): void {
    const { kind } = this.current;
    if (kind !== 'open' && kind !== 'connecting') return;
    this.socket?.close(closeCode, reason);
    this.call = { closeCode };
    this.become({ kind: 'closing' });
  }

  private ended({ code, reason, wasClean }: CloseEvent): void {
    const openForMs = this.openedAt === undefined ? undefined : performance.now() - this.openedAt;
    const closedBy = whoClosed(this.call, code, wasClean, openForMs !== undefined);
    this.socket = undefined;
    this.become({ kind: 'closed', ending: { closeCode: code, reason, wasClean, closedBy, openForMs } });
  }

  private become(state: ConnectionState): void {
    this.current = state;
    this.listener.onState(state);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
