import type { Server as HttpServer } from 'node:http';
import {
  CloseCode,
  type DrainOptions,
  type ConnectionRequest,
  type HttpListener,
  type LimitsHit,
  type SendOptions,
  SlowConsumer,
  type TimingWheel,
  type WsConnection,
  WsServer,
} from '@nestwire/engine';
import { NestwireCloseCode, type UserId } from '@nestwire/envelope';
import { Members } from '../audience/members.js';
import { type AnyClient, NestwireClient } from '../client/nestwire-client.js';
import type { RateRule } from '../client/message-rates.js';
import type { Entrance } from '../handshake/entrance.js';
import { Handshake } from '../handshake/handshake.js';
import { UpgradeRequest } from '../handshake/upgrade-request.js';
import { UnexpectedErrors } from '../exceptions/unexpected-errors.js';
import { MessageDispatcher } from '../message/message-dispatcher.js';
import type { FilterChain } from '../exceptions/filter-chain.js';
import type { PathObserver } from '../observation/nestwire-observer.js';
import { MessageCounts } from '../message/message-counts.js';
import { type Handler, type RoutedHandler, RouteTable } from '../message/route-table.js';
import { engineOptions, type ResolvedOptions } from '../nestwire.options.js';
import type { Subscriber } from '../nest-handlers.js';
import { ClosingDeadline } from './closing-deadline.js';
import { isPlatformWs } from '../preset/platform-ws.js';
import type { CodecTable } from './codec-table.js';
import type { NestwireServer } from './nestwire-server.js';
import type { PatternTable } from './pattern-table.js';
import type { ScopedGateways } from './scoped-gateways.js';

export interface PathServerSettings {
  readonly httpServer: HttpServer | HttpListener;
  /** Who may come in, and by which path. */
  readonly entrance: Entrance;
  /** The codes for clients without a principal. */
  readonly publicCodes: ReadonlySet<number>;
  readonly patterns: PatternTable;
  readonly codecs: CodecTable;
  readonly options: ResolvedOptions;
  /** The methods that subscribe to codes on this path. */
  readonly handlers: readonly RoutedHandler[];
  /** The application's filters. */
  readonly globalFilters: FilterChain;
  readonly scopedGateways: ScopedGateways;
}

/** A handler as Nest hands it over, bound to a client. */
export interface BoundHandler {
  readonly message: unknown;
  readonly callback: Handler;
  /** Whether the method has an `@Ack()`; Nest says so since 11.1.8, where that decorator is from. */
  readonly isAckHandledManually?: boolean;
}

/** What a gateway tells of a new client: Nest's callback, which binds that gateway's handlers. */
export type ConnectCallback = (client: AnyClient, request: ConnectionRequest) => void;

/** Serves the gateways of one path: its handshakes, its clients, their messages. */
export class PathServer {
  /** Where the gateways are; it may be a pattern. */
  readonly path: string;
  readonly codecs: CodecTable;
  readonly options: ResolvedOptions;
  readonly dispatcher: MessageDispatcher;
  readonly routes: RouteTable;
  readonly scopedGateways: ScopedGateways;
  /** What came of the messages of this path. */
  readonly counts = new MessageCounts();
  readonly members = new Members();
  /** Who is told what happens here, if anybody is. */
  observer: PathObserver | undefined = undefined;
  /** How many messages a connection may send; `undefined` for no limit. */
  readonly messageRate: RateRule | undefined;
  /** The beginning of the wheel’s clock, in milliseconds since 1970. */
  readonly epoch: number;
  /** What the application has of this server; it may listen to each. */
  readonly handles: NestwireServer[] = [];
  readonly isPlatformWs: boolean;
  /** What becomes of an answer to a client that reads too slowly, where that is not what the path says of all that is sent. */
  readonly ofOneAnswer: SendOptions | undefined;

  private readonly ws: WsServer;
  private readonly publicCodes: ReadonlySet<number>;
  private readonly unexpected: UnexpectedErrors;
  private readonly connectCallbacks: ConnectCallback[] = [];
  private readonly disconnecting = new Set<PromiseLike<unknown>>();
  /** Whether a gateway's handlers are the same for all clients. */
  private readonly sharing = new Map<object, boolean>();
  private lastBound: readonly BoundHandler[] = [];
  private ending: Promise<void> | undefined = undefined;
  private onLastDisconnect: (() => void) | undefined = undefined;

  constructor(settings: PathServerSettings) {
    const { httpServer, entrance, publicCodes, codecs, options, handlers, globalFilters, scopedGateways } = settings;
    this.path = entrance.path;
    this.publicCodes = publicCodes;
    this.codecs = codecs;
    this.options = options;
    this.isPlatformWs = isPlatformWs(options);
    const drops = options.slowConsumer === SlowConsumer.DropNewest;
    this.ofOneAnswer = drops ? { slowConsumer: SlowConsumer.Close } : undefined;
    this.scopedGateways = scopedGateways;
    const onHandshake = entrance.hook((exception) => this.unexpected.report(exception), codecs.names);
    const { onUnservedPath } = entrance;
    this.ws = new WsServer({
      server: httpServer,
      path: entrance.serves,
      ...(onHandshake === undefined ? {} : { onHandshake }),
      ...(onUnservedPath === undefined ? {} : { onUnservedPath }),
      onHandshakeError: (error) => this.unexpected.report(error),
      onRefused: (handshake) => this.observer?.refused?.(handshake),
      decisionTimeoutMs: options.decisionTimeoutMs,
      subprotocols: codecs.names,
      onConnection: (connection, context) => this.onConnection(connection, context),
      maxMessageBytes: options.maxMessageBytes,
      closeTimeoutMs: options.closeTimeoutMs,
      ...engineOptions(options),
    });
    this.unexpected = new UnexpectedErrors(this.wheel, this.path);
    this.epoch = Date.now() - this.wheel.now();
    const { messagesPerSecond: perSecond, messageBurst: burst } = options;
    this.messageRate = perSecond === Infinity ? undefined : { perSecond, burst };
    checkCosts(handlers, options);
    this.routes = new RouteTable(handlers, settings.patterns);
    this.dispatcher = new MessageDispatcher(this.unexpected, this.counts, globalFilters);
  }

  /** Whether a client without a principal may send this. */
  isPublic(code: number): boolean {
    return this.publicCodes.has(code);
  }

  /** One timer for all deadlines of this server's clients. */
  get wheel(): TimingWheel {
    return this.ws.wheel;
  }

  get limitsHit(): LimitsHit {
    return this.ws.limitsHit;
  }

  /** Another gateway on this path. */
  addGateway(callback: ConnectCallback): void {
    this.connectCallbacks.push(callback);
  }

  /**
   * One gateway's handlers on their way to a client. `bind` has Nest bind them; a gateway's first client goes that way, and where it is seen
   * to come to the same, no other does.
   */
  passHandlers(client: AnyClient, subscribers: readonly Subscriber[], gateway: object, bind: () => void): void {
    const isShared = this.sharing.get(gateway);
    if (isShared === true) return;
    const { length } = client.handlers;
    this.lastBound = [];
    bind();
    if (isShared === false) return;
    const same = isSameHandlers(this.lastBound, subscribers);
    this.sharing.set(gateway, same);
    if (!same) return;
    for (const { message, callback } of subscribers) {
      this.routes.share(message, { callback, instance: gateway });
    }
    client.handlers.length = length;
  }

  /** Nest's handlers of one gateway for a client; the same codes in the same order for every client. */
  bindHandlers(client: AnyClient, handlers: readonly BoundHandler[]): void {
    this.lastBound = handlers;
    for (const { message, callback, isAckHandledManually = false } of handlers) {
      // WsAdapter knows no acknowledgements: what such a method returns is its reply.
      this.routes.bind(message, client.handlers.length, isAckHandledManually && !this.isPlatformWs);
      client.handlers.push(callback);
    }
  }

  /** A client speaks for this user from now on: of very many, it takes the place of the oldest. */
  identify(client: AnyClient, userId: UserId): void {
    this.members.identify(userId, client);
    for (const oldest of this.members.surplusOf(userId, this.options.maxConnectionsPerUser)) {
      this.counts.countLimit('connections-per-user');
      oldest.close(NestwireCloseCode.Replaced, 'replaced by a newer connection');
    }
  }

  /** `handleDisconnect` has begun something; `close()` waits for it. */
  awaitDisconnecting(work: PromiseLike<unknown>): void {
    this.disconnecting.add(work);
    const forget = (): void => void this.disconnecting.delete(work);
    work.then(forget, (exception: unknown) => {
      forget();
      this.unexpected.report(exception);
    });
  }

  /** */
  reportUnexpected(exception: unknown): void {
    this.unexpected.report(exception);
  }

  /** */
  onDisconnect(client: AnyClient): void {
    this.members.delete(client);
    for (const work of this.scopedGateways.expect(client)) this.awaitDisconnecting(work);
    // Nest tells gateways apart from clients by what it was told last: all of one client's, back to back.
    const reason = this.isPlatformWs ? client.closeCode : client.closeReason;
    for (const callback of client.disconnectCallbacks) callback(reason);
    if (this.members.all.size === 0) this.onLastDisconnect?.();
  }

  /** Whether new connections are refused, and the open ones are being closed. */
  get isClosing(): boolean {
    return this.ending !== undefined;
  }

  /**
   * Refuses new connections with 503, and closes the open ones by and by, each when what it has sent is answered; then waits for what
   * `handleDisconnect` does. Further calls wait for the first.
   */
  drain(options: DrainOptions): Promise<void> {
    return (this.ending ??= this.end(this.ws.drain(options)));
  }

  /** The same, all at once and with this code; what drains is hurried up. */
  async close(code: number = CloseCode.GoingAway, reason = ''): Promise<void> {
    const closed = this.ws.close(code, reason);
    await (this.ending ??= this.end(closed));
    await closed;
  }

  private async end(closed: Promise<void>): Promise<void> {
    await closed;
    // Clients that went before may have handlers at work, and messages that wait for their turn, which `handleDisconnect` waits for:
    // they have `handlerTimeoutMs` for all of them, and what is at work then, its own deadline. A `handleConnection` that never
    // ends is not waited for.
    for (const { inbox } of this.members.all) if (inbox.queue.isHeld) inbox.queue.clear();
    if (this.members.all.size > 0) {
      const deadline = new ClosingDeadline(this.members.all);
      this.wheel.arm(deadline, this.options.handlerTimeoutMs);
      await new Promise<void>((resolve) => (this.onLastDisconnect = resolve));
      this.wheel.disarm(deadline);
    }
    await Promise.allSettled(this.disconnecting);
    this.unexpected.flush();
    for (const handle of this.handles) handle.tell(this, 'close');
  }

  private onConnection(connection: WsConnection, context: unknown): NestwireClient {
    const client = new NestwireClient(this, connection, context instanceof Handshake ? context : undefined);
    this.members.add(client);
    this.observer?.opened?.(client);
    for (const work of this.scopedGateways.expect(client)) client.awaitConnecting(work);
    const request = context instanceof UpgradeRequest ? context : connection.request;
    for (const callback of this.connectCallbacks) callback(client, request);
    for (const handle of this.handles) handle.tell(this, 'connection', client, request);
    client.connected();
    return client;
  }
}

/** One that costs more than may come at once would never come in. */
function checkCosts(handlers: readonly RoutedHandler[], { messagesPerSecond, messageBurst }: ResolvedOptions): void {
  for (const { name, plan } of handlers) {
    if (messagesPerSecond === Infinity || plan.cost <= messageBurst) continue;
    throw new RangeError(
      `${name} has @Cost(${String(plan.cost)}), and messageBurst is ${String(messageBurst)}: it would never be let in`,
    );
  }
}

/** Whether what Nest has bound is what was there to be bound. */
function isSameHandlers(bound: readonly BoundHandler[], subscribers: readonly Subscriber[]): boolean {
  return (
    bound.length === subscribers.length &&
    subscribers.every(({ message, callback }, at) => {
      const handler = bound[at];
      return handler !== undefined && handler.message === message && handler.callback.name === `bound ${callback.name}`;
    })
  );
}
