import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** Makes it a proxy that is asked by TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** `user:password`, without which it says 407. */
  readonly credentials?: string;
  /** Says this, whatever it is asked for; `null` for nothing at all. */
  readonly answer?: string | null;
  /** Leaves the connection open behind that. */
  readonly stays?: boolean;
  /** The port of this machine to which it leads, wherever it is asked to. */
  readonly port?: number;
}

/** An HTTP proxy that knows CONNECT alone, and writes down what it was asked for. */
export class ConnectProxy {
  readonly asked: IncomingMessage[] = [];
  private readonly sockets = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    private readonly options: ConnectProxyOptions,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => socket.destroy());
    });
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.connect(request, socket, head),
    );
  }

  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options.tls ? createSecureServer(options.tls) : createServer(), options);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The connections from clients that are open, and those that it has made for them. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.asked.push(request);
    socket.on('error', () => socket.destroy());
    const { answer, stays = false, credentials } = this.options;
    if (answer === null) return stay(socket, '');
    if (answer !== undefined) return stays ? stay(socket, answer) : void socket.end(answer);
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
      // It would be asked again on the same connection.
      return stay(
        socket,
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="spec"\r\nContent-Length: 12\r\n\r\nwho are you?',
      );
    }
    const asked = new URL(`http://${String(request.url)}`);
    const host = asked.hostname.replace(/^\[(.*)\]$/, '$1');
    const { port } = this.options;
    const where = port === undefined ? { host, port: Number(asked.port || 80) } : { host: '127.0.0.1', port };
    const onward = connect(where, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    this.sockets.add(onward);
    onward.on('close', () => {
      this.sockets.delete(onward);
      socket.destroy();
    });
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    socket.on('close', () => onward.destroy());
  }
}

/** Says something, and leaves it to the client to go. */
function stay(socket: Duplex, text: string): void {
  socket.resume().on('end', () => socket.end());
  socket.write(text);
}
