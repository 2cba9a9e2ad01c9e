import { createServer, type Server as HttpServer } from 'node:http';
import { type INestApplication, Logger, type WsMessageHandler } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { CloseCode } from '@nestwire/engine';
import { isCode } from '@nestwire/envelope';
import type { AnyClient } from './client/nestwire-client.js';
import type { Handler } from './message/route-table.js';
import { type Gateway, prepareGateways } from './nest-seam.js';
import { type NestwireOptions, type ResolvedOptions, resolveOptions } from './nestwire.options.js';
import { CodecTable } from './server/codec-table.js';
import { type ConnectCallback, NestwireServer } from './server/nestwire-server.js';

/** Nest's word for "the application's own HTTP server". */
const APPLICATION_PORT = 0;

/**
 * Runs a Nest application's gateways on Nestwire.
 *
 * ```ts
 * const app = await NestFactory.create(AppModule);
 * app.useWebSocketAdapter(new NestwireAdapter(app));
 * await app.listen(3000);
 * ```
 */
export class NestwireAdapter extends AbstractWsAdapter {
  private readonly logger = new Logger(NestwireAdapter.name);
  private readonly options: ResolvedOptions;
  private readonly codecs: CodecTable;
  private readonly servers = new Map<string, NestwireServer>();
  /** The HTTP servers of gateways with a port of their own. */
  private readonly ownHttpServers = new Map<number, HttpServer>();
  private saidOpen = false;

  /**
   * @param app - the application, before `listen()` or `init()`.
   * @throws RangeError for an option out of its range, or a codec that can't be told from another; Error where a gateway subscribes to what is no code, or two methods
   * of a path to the same one.
   */
  constructor(app: INestApplication, options: NestwireOptions = {}) {
    super(app);
    this.options = resolveOptions(options);
    this.codecs = new CodecTable(options);
    checkRoutes(prepareGateways(app));
  }

  override create(port: number, options: { path?: string } = {}): NestwireServer {
    const path = normalizePath(options.path);
    const key = `${String(port)} ${path}`;
    let server = this.servers.get(key);
    if (server === undefined) {
      const { codecs, options: own } = this;
      server = new NestwireServer({ httpServer: this.httpServerOf(port), path, codecs, options: own });
      this.servers.set(key, server);
      this.sayOpen();
    }
    return server;
  }

  override bindClientConnect(server: NestwireServer, callback: ConnectCallback): void {
    server.addGateway(callback);
  }

  override bindClientDisconnect(client: AnyClient, callback: (reason: string) => void): void {
    client.disconnectCallbacks.push(callback);
  }

  override bindMessageHandlers(client: AnyClient, handlers: WsMessageHandler[]): void {
    // Nest's own callbacks are async functions; its type allows for others.
    client.bindHandlers(handlers as { message: unknown; callback: Handler }[]);
  }

  /** A client came while the application was still starting: it is asked to come again. */
  closeClient(client: AnyClient): void {
    client.close(CloseCode.TryAgainLater, 'starting');
  }

  override async close(server: NestwireServer): Promise<void> {
    await server.close();
  }

  override async dispose(): Promise<void> {
    const closing = [...this.ownHttpServers.values()].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.ownHttpServers.clear();
    this.servers.clear();
    await Promise.all(closing);
  }

  private httpServerOf(port: number): HttpServer {
    if (port === APPLICATION_PORT) return this.httpServer as HttpServer;
    let server = this.ownHttpServers.get(port);
    if (server === undefined) {
      server = createServer((_request, response) => {
        response.writeHead(426, { Upgrade: 'websocket', Connection: 'Upgrade, close' }).end();
      });
      server.listen(port);
      this.ownHttpServers.set(port, server);
    }
    return server;
  }

  private sayOpen(): void {
    if (this.saidOpen) return;
    this.saidOpen = true;
    this.logger.warn('No authentication is configured: any userId in a message is believed');
  }
}

function normalizePath(path: string | undefined): string {
  if (path === undefined || path === '') return '/';
  return path.startsWith('/') ? path : `/${path}`;
}

/** What would go wrong at the first message goes wrong at the start. */
function checkRoutes(gateways: readonly Gateway[]): void {
  const taken = new Map<string, string>();
  for (const { port, path, handlers } of gateways) {
    for (const { name, message } of handlers) {
      if (!isCode(message)) {
        throw new Error(
          `${name} subscribes to ${String(message)}: use @SubscribeMessage() with a code from 1 to 2147483647`,
        );
      }
      const route = `${String(port)} ${normalizePath(path)} ${String(message)}`;
      const other = taken.get(route);
      if (other !== undefined && other !== name) {
        throw new Error(`${other} and ${name} both subscribe to ${String(message)} on ${normalizePath(path)}`);
      }
      taken.set(route, name);
    }
  }
}
