import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { acceptKey } from '@nestwire/protocol';

/** What a server says to the head of a request; `undefined` for nothing. */
export type Answer = (head: string, socket: Socket) => string | undefined;

/** A TCP server that answers what it hears first with any bytes. */
export class RawServer {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(answer: Answer): Promise<RawServer> {
    const server = createServer((socket) => {
      raw.sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => raw.sockets.delete(socket));
      socket.once('data', (head) => {
        const text = answer(head.toString('latin1'), socket);
        if (text !== undefined) socket.write(Buffer.from(text, 'latin1'));
      });
    });
    const raw = new RawServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return raw;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${String(this.port)}`;
  }

  /** The connections that are open. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The 101 that a request asks for; further header lines behind it. RFC 6455 §4.2.2. */
export function switchingProtocols(head: string, ...lines: readonly string[]): string {
  const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? '';
  const accept = acceptKey(key, (text) => createHash('sha1').update(text).digest('base64'));
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...lines,
    '',
    '',
  ].join('\r\n');
}
