import { parseCloseReason, reconnectRule } from '@nestwire/envelope';

interface Message {
  readonly code: number;
  readonly data?: unknown;
  readonly id?: number;
  readonly error?: { readonly status: number; readonly message: string };
}

export interface ConnectionSettings {
  /** `wss://…`, with the gateway's path. */
  readonly url: string;
  /** Asked before each attempt; `renew` when the server did not take the last one, or no longer. */
  readonly token: (renew: boolean) => string | Promise<string>;
  /** Open, or open again. */
  readonly onOpen: () => void;
  readonly onMessage: (message: Message) => void;
  /** Lost; `willReturn` if another attempt follows. */
  readonly onLost: (closeCode: number, message: string | undefined, willReturn: boolean) => void;
  /** The code that keeps a connection alive on which a page only listens. */
  readonly beatCode: number;
  /** @default 20000 */
  readonly beatMs?: number;
  /** The longest first wait; it doubles with each attempt, up to 30 s. @default 500 */
  readonly backoffMs?: number;
}

const LOST: Message = { code: 0, error: { status: 503, message: 'The connection was lost' } };
const TOO_LATE: Message = { code: 0, error: { status: 408, message: 'No answer in time' } };

/** A WebSocket that comes back, beats, and pairs answers with questions. */
export class Connection {
  private socket: WebSocket | undefined;
  private isOver = false;
  private failures = 0;
  private lastId = 0;
  private readonly questions = new Map<number, (message: Message) => void>();

  constructor(private readonly settings: ConnectionSettings) {
    void this.open(false);
  }

  /** Does nothing while there is no connection: what a page has to say then, it may say in `onOpen`. */
  send(code: number, data?: unknown, id?: number): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ code, data, id }));
  }

  /** @throws Error for what the server answers with an `error`, and for no answer in time. */
  ask(code: number, data?: unknown, timeoutMs = 5000): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const settle = ({ data, error }: Message): void => {
        clearTimeout(timer);
        this.questions.delete(id);
        if (error === undefined) resolve(data);
        else reject(new Error(error.message));
      };
      const timer = setTimeout(settle, timeoutMs, TOO_LATE);
      this.questions.set(id, settle);
      this.send(code, data, id);
    });
  }

  close(): void {
    this.isOver = true;
    this.socket?.close(1000);
  }

  private async open(renew: boolean): Promise<void> {
    const { url, token, onOpen, onMessage, onLost, beatCode, beatMs = 20_000 } = this.settings;
    const bearer = await Promise.resolve(renew)
      .then(token)
      .catch(() => undefined);
    if (this.isOver) return;
    if (bearer === undefined) return this.openLater(this.backoff(), renew);
    const socket = new WebSocket(url, ['nestwire.v1.json', `bearer.${bearer}`]);
    this.socket = socket;
    let openedAt = Infinity;
    let isTaken = false;
    let beating: ReturnType<typeof setInterval> | undefined;
    socket.onopen = () => {
      openedAt = performance.now();
      beating = setInterval(() => this.send(beatCode), beatMs);
      onOpen();
    };
    socket.onmessage = ({ data }) => {
      isTaken = true;
      this.failures = 0;
      const message = JSON.parse(data as string) as Message;
      const answer = message.id === undefined ? undefined : this.questions.get(message.id);
      if (answer === undefined) onMessage(message);
      else answer(message);
    };
    socket.onclose = ({ code, reason }) => {
      clearInterval(beating);
      for (const answer of this.questions.values()) answer(LOST);
      if (this.isOver) return;
      const livedMs = Math.max(0, performance.now() - openedAt);
      const rule = reconnectRule(code, { livedMs, reauthenticated: renew && !isTaken });
      const { message, retryAfter } = parseCloseReason(reason);
      onLost(code, message, rule !== 'never');
      if (rule === 'never') return;
      this.openLater(retryAfter ?? (rule === 'backoff' ? this.backoff() : 0), rule === 'reauth');
    };
  }

  private openLater(ms: number, renew: boolean): void {
    setTimeout(() => void this.open(renew), ms);
  }

  private backoff(): number {
    const { backoffMs = 500 } = this.settings;
    return Math.random() * Math.min(30_000, backoffMs * 2 ** this.failures++);
  }
}
