import type { Server as HttpServer } from 'node:http';
import { type INestApplication, Logger, type WsMessageHandler } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { CloseCode, type HttpListener } from '@nestwire/engine';
import type { AnyClient } from './client/nestwire-client.js';
import { beforeShutdown, findInstances, findProvided, onBootstrap, settleGateways } from './nest-gateways.js';
import { Entrances } from './handshake/entrances.js';
import { globalFiltersOf } from './nest-filters.js';
import { bringGlobals, scopedGlobalsOf } from './nest-globals.js';
import { interceptHandlers } from './nest-handlers.js';
import { settleParameters, showParameters } from './nest-parameters.js';
import { bringSchemaPipes, type Gateway, prepareGateways } from './nest-seam.js';
import { scopedGatewaysOf } from './nest-scopes.js';
import type { NestwireOptions } from './nestwire.options.js';
import { NestwireObserver } from './observation/nestwire-observer.js';
import { observePath } from './observation/observe-path.js';
import { defaultCodecOf, describePreset, isPlatformWs, withPreset } from './preset/platform-ws.js';
import { checkRoutes } from './server/check-routes.js';
import { CodecTable } from './server/codec-table.js';
import { OwnPorts } from './server/own-ports.js';
import { normalizePath } from './server/path-pattern.js';
import { PatternTable } from './server/pattern-table.js';
import { NESTWIRE_OPTIONS } from './module/nestwire.module.js';
import { NestwireServers } from './module/nestwire-servers.js';
import type { NestwireServer } from './server/nestwire-server.js';
import { checkShutdown, drainOf, type ShutdownOptions } from './server/shutdown.js';
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
  private readonly observers: readonly NestwireObserver[];
  private readonly servers: NestwireServers;
  private readonly running = new Map<string, NestwireServer>();
  private readonly ownPorts: OwnPorts;
  /** Whether Nest's handlers are seen before they are bound; not known before the first server. */
  private handlersPass: boolean | undefined = undefined;
  private readonly patterns: PatternTable;
  private readonly isPlatformWs: boolean;
  private readonly shutdown: ShutdownOptions;

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
    const given: NestwireOptions = { ...findProvided<NestwireOptions>(app, NESTWIRE_OPTIONS), ...own };
    const options = withPreset(given);
    this.isPlatformWs = isPlatformWs(options);
    this.shutdown = checkShutdown(options.shutdown);
    this.servers = findProvided(app, NestwireServers) ?? new NestwireServers();
    const homes = settleGateways(app);
    this.entrances = new Entrances(app, homes, options);
    this.gateways = prepareGateways(app, options.order);
    const handlers = this.gateways.flatMap((gateway) => gateway.handlers);
    this.patterns = new PatternTable(
      handlers.map(({ message }) => message),
      this.isPlatformWs,
    );
    checkRoutes(this.gateways, this.patterns);
    this.codecs = new CodecTable({ ...options, ...defaultCodecOf(options, this.patterns) });
    this.ownPorts = new OwnPorts(options.ownPorts, options.clock);
    this.config = app.get(ApplicationConfig);
    this.observers = findInstances(app, NestwireObserver);
    const [home] = homes;
    if (home !== undefined) beforeShutdown(home.module, (signal) => this.drain(signal));
    if (home !== undefined) onBootstrap(home.module, () => this.start(given));
  }

  override get forceCloseConnections(): boolean {
    return super.forceCloseConnections;
  }

  /** Nest sets this right before it binds the first gateway: all that is global is known, and nothing is bound yet. */
  override set forceCloseConnections(value: boolean) {
    super.forceCloseConnections = value;
    const { config } = this;
    // WsAdapter brings nothing that Nest does not, and an application's global guard may be one for HTTP alone.
    const gateways = this.isPlatformWs ? [] : this.gateways;
    bringGlobals(
      config,
      gateways.map(({ type }) => type),
    );
    for (const { type } of this.gateways) showParameters(type);
    for (const gateway of gateways) bringSchemaPipes(gateway, config.getGlobalPipes());
    for (const { type, instance, scoped } of this.gateways) settleParameters(type, instance, scoped, config);
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
      const plan = this.entrances.at(port, path);
      const running = new PathServer({
        httpServer: this.httpServerOf(port),
        codecs,
        ...plan,
        publicCodes: this.patterns.codesOf(plan.publicPatterns),
        patterns: this.patterns,
        handlers: here.flatMap(({ handlers }) => handlers),
        globalFilters: this.isPlatformWs ? () => [] : () => globalFiltersOf(config),
        scopedGateways: scopedGatewaysOf(this.app, scoped),
      });
      const types = here.map(({ type }) => type);
      server = this.servers.attach(running, port, types);
      running.observer = observePath(this.observers, server, (exception) => running.reportUnexpected(exception));
      this.running.set(key, server);
    }
    return server;
  }

  override bindClientConnect(server: NestwireServer, callback: ConnectCallback): void {
    server.running?.addGateway(callback);
  }

  override bindClientDisconnect(client: AnyClient, callback: (reason: unknown) => void): void {
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

  /** Where nobody has told of the application's end before. */
  override async close(server: NestwireServer): Promise<void> {
    await server.running?.drain(drainOf(this.shutdown, undefined));
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

  /** The application ends: its clients are sent away at once, not only when the HTTP server's turn comes. */
  private drain(signal: string | undefined): void {
    const options = drainOf(this.shutdown, signal);
    for (const server of this.running.values()) void server.running?.drain(options);
  }

  /** While the application boots: what has to be waited for, and may fail. */
  private async start(given: NestwireOptions): Promise<void> {
    for (const { type } of this.gateways) showParameters(type);
    if (this.isPlatformWs) this.logger.log(describePreset(given));
    // Bare messages name no user.
    const openPaths = this.isPlatformWs && given.codecs === undefined ? [] : this.entrances.openPaths;
    for (const path of openPaths) {
      this.logger.warn(`No authentication is configured for ${path}: any userId in a message is believed`);
    }
    this.servers.check();
    await this.entrances.prepare();
    await this.ownPorts.listen();
  }
}
