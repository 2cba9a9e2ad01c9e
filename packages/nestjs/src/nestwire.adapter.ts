import type { Server as HttpServer } from 'node:http';
import { type INestApplication, Logger, type WsMessageHandler } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { CloseCode, type HttpListener } from '@nestwire/engine';
import { isCode } from '@nestwire/envelope';
import type { AnyClient } from './client/nestwire-client.js';
import { Entrances } from './handshake/entrances.js';
import type { Handler } from './message/route-table.js';
import { type Gateway, prepareGateways } from './nest-seam.js';
import { onBootstrap, settleGateways } from './nest-gateways.js';
import type { NestwireOptions } from './nestwire.options.js';
import { CodecTable } from './server/codec-table.js';
import { OwnPorts } from './server/own-ports.js';
import { normalizePath } from './server/path-pattern.js';
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
  private readonly entrances: Entrances;
  private readonly codecs: CodecTable;
  private readonly servers = new Map<string, NestwireServer>();
  private readonly ownPorts: OwnPorts;

  /**
   * @param app - the application, before `listen()` or `init()`.
   * @throws RangeError for an option out of its range, or a codec that can't be told from another; Error where a gateway subscribes to
   * what is no code, or two methods of a path to the same one, or where gateways of a path contradict each other.
   */
  constructor(app: INestApplication, options: NestwireOptions = {}) {
    super(app);
    const homes = settleGateways(app);
    this.entrances = new Entrances(app, homes, options);
    this.codecs = new CodecTable(options);
    this.ownPorts = new OwnPorts(options.ownPorts, options.clock);
    checkRoutes(prepareGateways(app));
    const [home] = homes;
    if (home !== undefined) onBootstrap(home.module, () => this.start());
  }

  override create(port: number, options: { path?: string } = {}): NestwireServer {
    const path = normalizePath(options.path);
    const key = `${String(port)} ${path}`;
    let server = this.servers.get(key);
    if (server === undefined) {
      const { codecs } = this;
      server = new NestwireServer({ httpServer: this.httpServerOf(port), codecs, ...this.entrances.at(port, path) });
      this.servers.set(key, server);
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
    this.servers.clear();
    await this.ownPorts.close();
  }

  private httpServerOf(port: number): HttpServer | HttpListener {
    return port === APPLICATION_PORT ? (this.httpServer as HttpServer) : this.ownPorts.at(port);
  }

  /** While the application boots: what has to be waited for, and may fail. */
  private async start(): Promise<void> {
    for (const path of this.entrances.openPaths) {
      this.logger.warn(`No authentication is configured for ${path}: any userId in a message is believed`);
    }
    await this.entrances.prepare();
    await this.ownPorts.listen();
  }
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
