import { connect, type Socket } from 'node:net';

/** What a server's frame says. RFC 6455 §5.2. */
export interface ReceivedFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface ReceivedResponse {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** How the other end finished: with a FIN, or with a reset. */
export type Ending = 'fin' | 'reset';

/** The opening handshake of RFC 6455 §1.2; further header lines behind it. */
export function upgradeRequest(path = '/', ...lines: readonly string[]): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
    `${lines.map((line) => `${line}\r\n`).join('')}\r\n`
  );
}

/**
 * A TCP client that sends any bytes and waits for what comes: for so many bytes, a frame, an HTTP response, the end. It
 * answers nothing by itself, and leaves its own half open when the other end has finished.
 */
export class RawClient {
  private received = Buffer.alloc(0);
  private ending: Ending | undefined;
  private wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    socket.on('end', () => this.finish('fin'));
    socket.on('error', () => this.finish('reset'));
    socket.on('close', () => this.finish('fin'));
  }

  /** @param where - a port on loopback, or the path of a unix socket. */
  static async connect(where: number | string, host = '127.0.0.1'): Promise<RawClient> {
    const address = typeof where === 'number' ? { port: where, host } : { path: where };
    const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  /** Connects and goes through the opening handshake. */
  static async open(port: number, path?: string, ...lines: readonly string[]): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.write(upgradeRequest(path, ...lines));
    const { status } = await client.response();
    if (status !== 101) {
      // Nobody else has it to end it: it would keep the process alive.
      client.destroy();
      throw new Error(`The handshake was answered with ${String(status)}`);
    }
    return client;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Writes, and waits until the operating system has it. */
  async writeOut(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(data, () => resolve()));
  }

  async bytes(length: number): Promise<Buffer> {
    return this.take((received) => (received.length >= length ? length : undefined));
  }

  async frame(): Promise<ReceivedFrame> {
    const whole = await this.take(frameLength);
    const payloadAt = payloadOffset(whole);
    const first = whole.readUInt8(0);
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload: whole.subarray(payloadAt) };
  }

  async response(): Promise<ReceivedResponse> {
    const head = await this.take((received) => {
      const end = received.indexOf('\r\n\r\n');
      return end === -1 ? undefined : end + 4;
    });
    const [statusLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const body = await this.bytes(Number(headers['content-length'] ?? 0));
    return { status: Number(statusLine.split(' ')[1]), headers, body: body.toString() };
  }

  /** Waits for the other end to finish, and says how; what came before and was not asked for is in {@link rest}. */
  async ended(): Promise<Ending> {
    while (this.ending === undefined) await this.change();
    return this.ending;
  }

  /** What has come and was not taken. */
  get rest(): Buffer {
    return this.received;
  }

  /** Finishes this end; the other may go on. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Ends with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private finish(ending: Ending): void {
    this.ending ??= ending;
    this.wake();
  }

  private async take(measure: (received: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      const length = measure(this.received);
      if (length !== undefined) {
        const taken = this.received.subarray(0, length);
        this.received = this.received.subarray(length);
        return taken;
      }
      if (this.ending !== undefined) {
        throw new Error(`Ended by ${this.ending} after ${this.received.toString('latin1').slice(0, 200)}`);
      }
      await this.change();
    }
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

function payloadOffset(frame: Buffer): number {
  const form = frame.readUInt8(1) & 0x7f;
  return form === 127 ? 10 : form === 126 ? 4 : 2;
}

function frameLength(received: Buffer): number | undefined {
  if (received.length < 2 || received.length < payloadOffset(received)) return undefined;
  const form = received.readUInt8(1);
  // "A server MUST NOT mask any frames that it sends" (§5.1): the bit would be part of the length here.
  if (form > 127) throw new Error('The server sent a masked frame');
  const length = form === 127 ? Number(received.readBigUInt64BE(2)) : form === 126 ? received.readUInt16BE(2) : form;
  const whole = payloadOffset(received) + length;
  return received.length >= whole ? whole : undefined;
}
