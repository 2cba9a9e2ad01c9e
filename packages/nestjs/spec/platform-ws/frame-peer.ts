import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** A client of the package `ws`, and the frames that came in, as they came: text as it is, bytes as `Buffer`s. */
export class FramePeer {
  readonly frames: (string | Buffer)[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  private wake: () => void = () => undefined;

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('message', (bytes: Buffer, isBinary) => {
      this.frames.push(isBinary ? bytes : bytes.toString());
      this.wake();
    });
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  send(event: unknown, data?: unknown): this {
    this.socket.send(JSON.stringify({ event, data }));
    return this;
  }

  /** The next frames, once they are there. */
  async take(count: number): Promise<(string | Buffer)[]> {
    while (this.frames.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.frames.splice(0, count);
  }

  /** All frames up to the answer to what no other message asks for: what comes after that, the next to ask would see. */
  async takeAll(fence: () => void, answer: string): Promise<(string | Buffer)[]> {
    fence();
    for (;;) {
      const at = this.frames.indexOf(answer);
      if (at !== -1) return this.frames.splice(0, at + 1).slice(0, -1);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Round trips below messages: what was sent before has been read by then. */
  async ping(): Promise<void> {
    const pong = once(this.socket, 'pong');
    this.socket.ping();
    await pong;
  }
}
