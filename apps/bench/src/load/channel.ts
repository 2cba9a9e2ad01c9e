import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { frameBytes } from '../messages/frame-bytes.js';
import type { Compression } from '../messages/message-ring.js';

/** What the benchmark's client asks of a server, and how. */
export interface ChannelSettings {
  readonly port: number;
  /** Where the WebSocket is, with its query. */
  readonly path: string;
  readonly compression: Compression;
  /** Whom to trust, in PEM: then the connection is TLS. */
  readonly authority?: string | undefined;
  /** Whether Socket.IO's own handshake follows. */
  readonly socketIo?: boolean | undefined;
  /** @default the system's choice */
  readonly localAddress?: string | undefined;
}

const HOST = '127.0.0.1';
const END_OF_HEAD = '\r\n\r\n';

/** RFC 6455 §1.3's own example; a server may not care, and the control has its answer ready. */
export const HANDSHAKE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const HANDSHAKE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** What is offered, so that every server can agree to what is measured. */
const OFFERS: Record<Compression, string> = {
  off: '',
  takeover: 'permessage-deflate; client_max_window_bits',
  'no-takeover': 'permessage-deflate; client_max_window_bits; server_no_context_takeover; client_no_context_takeover',
};

/** Engine.IO's own heartbeat, as text messages: "2" from the server, "3" in answer. */
export const SOCKET_IO_PONG = frameBytes({ text: true, compressed: false, payload: Buffer.from('3') }, true);

const SOCKET_IO_CONNECT = frameBytes({ text: true, compressed: false, payload: Buffer.from('40') }, true);
/** How the answer to it ends; before it comes Engine.IO's own greeting. */
const SOCKET_IO_CONNECTED = /40\{"sid":"[^"]*"\}$/;

/** All chunks go through one buffer: Node hands them to `onread` at once, one connection after the other. */
const slab = Buffer.allocUnsafeSlow(256 * 1024);

/** A WebSocket connection with nothing around it: bytes go in, bytes come out. */
export class Channel {
  /**
   * Called with what the server sends behind its handshake; the bytes are overwritten afterwards. Until somebody listens, Socket.IO's
   * pings are answered: they are all that an idle connection of its kind hears, also while thousands of others are still to be opened.
   */
  onChunk: (chunk: Buffer) => void = () => {
    if (this.settings.socketIo === true) this.write(SOCKET_IO_PONG);
  };
  /** Called when the connection ends that has been opened, unless it was {@link destroy}ed. */
  onEnd: (error: Error) => void = () => undefined;

  private readonly socket: Socket;
  private opened = false;
  private ended = false;
  private received = '';

  private constructor(
    private readonly settings: ChannelSettings,
    private readonly settle: (error?: Error) => void,
  ) {
    this.socket = this.connect();
    this.socket.on('error', (error) => this.end(error));
    this.socket.on('close', () => this.end(new Error('The server ended the connection')));
  }

  /**
   * Opens a connection.
   *
   * @throws Error for a server that refuses, or agrees to another compression than was asked for.
   */
  static open(settings: ChannelSettings): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const channel: Channel = new Channel(settings, (error) => {
        if (error === undefined) resolve(channel);
        else reject(error);
      });
    });
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.ended = true;
    this.socket.destroy();
  }

  private connect(): Socket {
    const { port, authority, localAddress } = this.settings;
    const where = { host: HOST, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) };
    if (authority !== undefined) {
      const socket = connectTls({ ...where, ca: authority, servername: 'localhost' });
      socket.setNoDelay(true);
      socket.on('secureConnect', () => socket.write(this.request()));
      return socket.on('data', (chunk: Buffer) => this.take(chunk));
    }
    const callback = (length: number): boolean => {
      this.take(slab.subarray(0, length));
      return true;
    };
    const socket = connect({ ...where, onread: { buffer: slab, callback } });
    return socket.on('connect', () => socket.write(this.request()));
  }

  private request(): string {
    const { path, port, compression } = this.settings;
    const offer = OFFERS[compression];
    return [
      `GET ${path} HTTP/1.1`,
      `Host: ${HOST}:${String(port)}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${HANDSHAKE_KEY}`,
      ...(offer === '' ? [] : [`Sec-WebSocket-Extensions: ${offer}`]),
      '\r\n',
    ].join('\r\n');
  }

  private take(chunk: Buffer): void {
    if (this.opened) this.onChunk(chunk);
    else if (!this.ended) this.takeHandshake(chunk);
  }

  private takeHandshake(chunk: Buffer): void {
    const before = this.received.length;
    this.received += chunk.toString('latin1');
    const end = this.received.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const bodyStart = end + END_OF_HEAD.length;
    const problem = this.problemOf(this.received.slice(0, bodyStart));
    if (problem !== undefined) return this.end(new Error(problem));
    if (this.settings.socketIo === true) {
      // Engine.IO's greeting may come with the head; ours goes out when the head is there.
      if (before < bodyStart) this.socket.write(SOCKET_IO_CONNECT);
      if (!SOCKET_IO_CONNECTED.test(this.received)) return;
    }
    this.opened = true;
    this.received = '';
    this.settle();
  }

  private problemOf(head: string): string | undefined {
    if (!head.startsWith('HTTP/1.1 101 ')) return `The server refused: ${head.slice(0, head.indexOf('\r\n'))}`;
    if (!head.includes(HANDSHAKE_ACCEPT)) return 'The server did not answer to the key';
    const agreed = /^sec-websocket-extensions:(.*)\r$/im.exec(head)?.[1] ?? '';
    const { compression } = this.settings;
    if (agreed.includes('permessage-deflate') !== (compression !== 'off')) {
      return `The server was to agree to compression '${compression}', and agreed to '${agreed.trim()}'`;
    }
    if (compression === 'takeover' && agreed.includes('_no_context_takeover')) {
      return `The server was to take the context over, and agreed to '${agreed.trim()}'`;
    }
    return undefined;
  }

  private end(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.socket.destroy();
    if (this.opened) this.onEnd(error);
    else this.settle(error);
  }
}

/** Opens so many, a few at a time. */
export async function openChannels(
  count: number,
  settingsOf: (index: number) => ChannelSettings,
  atOnce = 64,
): Promise<Channel[]> {
  const channels: Channel[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      channels[index] = await Channel.open(settingsOf(index));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return channels;
}
