import type { Server as HttpServer } from 'node:http';
import { type INestApplication, Logger, type WsMessageHandler } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { CloseCode, type HttpListener } from '@nestwire/engine';
import { isContractEntry, isPushOnly } from '@nestwire/envelope';
import type { AnyClient } from './client/nestwire-client.js';
import { findProvided, onBootstrap, settleGateways } from './nest-gateways.js';
import { Entrances } from './handshake/entrances.js';
import { globalFiltersOf } from './nest-filters.js';
import { bringGlobals, scopedGlobalsOf } from './nest-globals.js';
import { interceptHandlers } from './nest-handlers.js';
import { bringSchemaPipes, type Gateway, prepareGateways } from './nest-seam.js';
import { scopedGatewaysOf } from './nest-scopes.js';
import { codeOfPattern } from './message/pattern.js';
import type { NestwireOptions } from './nestwire.options.js';
import { CodecTable } from './server/codec-table.js';
import { OwnPorts } from './server/own-ports.js';
import { normalizePath } from './server/path-pattern.js';
import { NESTWIRE_OPTIONS } from './module/nestwire.module.js';
import { NestwireServers } from './module/nestwire-servers.js';
import type { NestwireServer } from './server/nestwire-server.js';
import { type BoundHandler, type ConnectCallback, PathServer } from './server/path-server.js';

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
  private readonly config: ApplicationConfig;
  private readonly gateways: readonly Gateway[];
  private readonly servers: NestwireServers;
  private readonly running = new Map<string, NestwireServer>();
  private readonly ownPorts: OwnPorts;
  /** Whether Nest's handlers are seen before they are bound; not known before the first server. */
  private handlersPass: boolean | undefined = undefined;

  /**
   * @param app - the application, before `listen()` or `init()`.
   * @param own - options; what `NestwireModule` was given holds where they say nothing.
   * @throws RangeError for an option out of its range, or a codec that can't be told from another; Error where a gateway subscribes to
   * what is no code, or two methods of a path to the same one, or where gateways of a path contradict each other.
   */
  constructor(
    private readonly app: INestApplication,
    own: NestwireOptions = {},
  ) {
    super(app);
    const options = { ...findProvided<NestwireOptions>(app, NESTWIRE_OPTIONS), ...own };
    this.servers = findProvided(app, NestwireServers) ?? new NestwireServers();
    const homes = settleGateways(app);
    this.entrances = new Entrances(app, homes, options);
    this.codecs = new CodecTable(options);
    this.ownPorts = new OwnPorts(options.ownPorts, options.clock);
    this.config = app.get(ApplicationConfig);
    this.gateways = prepareGateways(app);
    checkRoutes(this.gateways);
    const [home] = homes;
    if (home !== undefined) onBootstrap(home.module, () => this.start());
  }

  override get forceCloseConnections(): boolean {
    return super.forceCloseConnections;
  }

  /** Nest sets this right before it binds the first gateway: all that is global is known, and nothing is bound yet. */
  override set forceCloseConnections(value: boolean) {
    super.forceCloseConnections = value;
    const { config, gateways } = this;
    bringGlobals(
      config,
      gateways.map(({ type }) => type),
    );
    for (const gateway of gateways) bringSchemaPipes(gateway, config.getGlobalPipes());
    const scoped = scopedGlobalsOf(config);
    if (scoped.length > 0) {
      this.logger.warn(
        `${scoped.join(', ')} of request scope: Nest runs none of them for a gateway that is not request-scoped`,
      );
    }
  }

  override create(port: number, options: { path?: string } = {}): NestwireServer {
    const path = normalizePath(options.path);
    const key = `${String(port)} ${path}`;
    this.shareHandlers();
    let server = this.running.get(key);
    if (server === undefined) {
      const { codecs, config } = this;
      const here = this.gateways.filter((gateway) => gateway.port === port && normalizePath(gateway.path) === path);
      const scoped = here.filter((gateway) => gateway.scoped).map(({ type }) => type);
      const running = new PathServer({
        httpServer: this.httpServerOf(port),
        codecs,
        ...this.entrances.at(port, path),
        handlers: here.flatMap(({ handlers }) => handlers),
        globalFilters: () => globalFiltersOf(config),
        scopedGateways: scopedGatewaysOf(this.app, scoped),
      });
      const types = here.map(({ type }) => type);
      server = this.servers.attach(running, port, types);
      this.running.set(key, server);
    }
    return server;
  }

  override bindClientConnect(server: NestwireServer, callback: ConnectCallback): void {
    server.running?.addGateway(callback);
  }

  override bindClientDisconnect(client: AnyClient, callback: (reason: string) => void): void {
    client.disconnectCallbacks.push(callback);
  }

  override bindMessageHandlers(client: AnyClient, handlers: WsMessageHandler[]): void {
    // Nest's own callbacks are async functions; its type allows for others.
    client.bindHandlers(handlers as BoundHandler[]);
  }

  /** A client came while the application was still starting: it is asked to come again. */
  closeClient(client: AnyClient): void {
    client.close(CloseCode.TryAgainLater, 'starting');
  }

  override async close(server: NestwireServer): Promise<void> {
    await server.close();
  }

  override async dispose(): Promise<void> {
    this.running.clear();
    await this.ownPorts.close();
  }

  /** Nest has by now what binds its handlers. */
  private shareHandlers(): void {
    if (this.handlersPass !== undefined) return;
    this.handlersPass = interceptHandlers(this.app);
    if (!this.handlersPass) {
      this.logger.warn(
        'This Nest binds its handlers elsewhere: each connection takes more memory, 130 bytes a handler',
      );
    }
  }

  private httpServerOf(port: number): HttpServer | HttpListener {
    return port === APPLICATION_PORT ? (this.httpServer as HttpServer) : this.ownPorts.at(port);
  }

  /** While the application boots: what has to be waited for, and may fail. */
  private async start(): Promise<void> {
    for (const path of this.entrances.openPaths) {
      this.logger.warn(`No authentication is configured for ${path}: any userId in a message is believed`);
    }
    this.servers.check();
    await this.entrances.prepare();
    await this.ownPorts.listen();
  }
}

/** What would go wrong at the first message goes wrong at the start. */
function checkRoutes(gateways: readonly Gateway[]): void {
  const taken = new Map<string, string>();
  for (const { port, path, handlers, module } of gateways) {
    for (const { name, message } of handlers) {
      const code = codeOfPattern(message);
      if (code === undefined) {
        throw new Error(
          `${name} subscribes to ${String(message)}: use @SubscribeMessage() with a code from 1 to 2147483647, ` +
            'or with an entry of a contract',
        );
      }
      if (isContractEntry(message) && isPushOnly(message)) {
        throw new Error(`${name} subscribes to ${String(message)}, which has a push alone: no client sends it`);
      }
      const route = `${String(port)} ${normalizePath(path)} ${String(code)}`;
      const other = taken.get(route);
      const here = `${name} (${module})`;
      if (other !== undefined) {
        throw new Error(`${other} and ${here} both subscribe to ${String(message)} on ${normalizePath(path)}`);
      }
      taken.set(route, here);
    }
  }
}
