import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionListener, type WsConnection, WsServer, type WsServerOptions } from '@nestwire/engine';
import { ConnectionLog } from './connection-log.js';
import { ManualClock } from './manual-clock.js';
import { RawClient } from './raw-client.js';

/** A server under test with one connection that matters: its log, and the connection once it is there. */
export class Served {
  readonly opened: Promise<WsConnection>;

  constructor(
    readonly server: WsServer,
    readonly log: ConnectionLog,
    opened: Promise<WsConnection>,
    /** Where it listens; 0 on a shared server, whose owner knows. */
    readonly port: number,
  ) {
    this.opened = opened;
  }
}

/** Servers and clients over real TCP, whose time is moved by hand, and which are all gone after `dispose()`. */
export class EngineBench {
  readonly clock = new ManualClock();
  private readonly undoing: (() => unknown)[] = [];

  /** Something to end with the rest; what came last ends first. */
  defer(undo: () => unknown): void {
    this.undoing.push(undo);
  }

  async dispose(): Promise<void> {
    for (const undo of this.undoing.splice(0).reverse()) await undo();
  }

  /** A server of its own. What is told to `listener` is logged before. */
  async serve(options: Partial<WsServerOptions> = {}, listener: Partial<ConnectionListener> = {}): Promise<Served> {
    const served = this.create(options, listener);
    const { port } = await served.server.listen(0);
    return new Served(served.server, served.log, served.opened, port);
  }

  /** A server that does not listen by itself, because it shares an HTTP server or never will. */
  create(options: Partial<WsServerOptions> = {}, listener: Partial<ConnectionListener> = {}): Served {
    const log = new ConnectionLog(listener);
    let open: (connection: WsConnection) => void = () => {};
    const opened = new Promise<WsConnection>((resolve) => (open = resolve));
    const server = new WsServer({
      clock: this.clock,
      ...options,
      onConnection: (connection, context) => {
        const chosen = options.onConnection?.(connection, context);
        open(connection);
        return chosen ?? log;
      },
    });
    this.defer(async () => {
      for (const connection of server.connections) connection.terminate();
      await server.close();
    });
    return new Served(server, log, opened, 0);
  }

  /** An HTTP server to share. */
  async http(onRequest: RequestListener): Promise<{ server: HttpServer; port: number; sockets: Socket[] }> {
    const server = createServer(onRequest);
    const sockets: Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.defer(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return { server, port: (server.address() as AddressInfo).port, sockets };
  }

  /** A path for a unix socket, in a directory of its own. */
  socketPath(): string {
    const directory = mkdtempSync(join(tmpdir(), 'nestwire-'));
    this.defer(() => rmSync(directory, { recursive: true, force: true }));
    return join(directory, 'server.sock');
  }

  /** @param where - a port on loopback, or the path of a unix socket. */
  async connect(where: number | string, host?: string): Promise<RawClient> {
    const client = await RawClient.connect(where, host);
    this.defer(() => client.destroy());
    return client;
  }

  /** A client behind the opening handshake. */
  async open(port: number, path?: string, ...lines: readonly string[]): Promise<RawClient> {
    const client = await RawClient.open(port, path, ...lines);
    this.defer(() => client.destroy());
    return client;
  }
}
