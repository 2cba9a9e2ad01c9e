import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { CloseCode, FrameParserSettings, type HeaderLines, type Refusal, Role } from '@nestwire/protocol';
import { Admission } from './admission.js';
import { acceptUpgrade, readHandshake, requestFacts, type ServerTerms } from './accept-upgrade.js';
import { DeflateAnswers } from './deflate-answers.js';
import { Drain, type DrainOptions, type DrainPlan, planDrain } from './drain.js';
import type { HandshakeAcceptance, HandshakeClosure } from './handshake-decision.js';
import { ACCEPTED, GOING_AWAY, HandshakeGate, type HandshakeHook, type Opening } from './handshake-gate.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { HttpListener } from './http-listener.js';
import type { ListenAddress, ListenOptions, TcpListenOptions, UnixListenOptions } from './listen-address.js';
import { isBoundToLoopback } from './loopback-binding.js';
import { proxiedSource } from './proxy-protocol.js';
import { warnIfUnbounded, warnOnce } from './warnings.js';
import { type UpgradeEndpoint, type UpgradeRouter, upgradeRouterOf } from './upgrade-router.js';
import type { DirectPeer } from './caller.js';
import { limitsOf, type LimitObjection, type ServerLimits } from './server-limits.js';
import {
  checkedLimit,
  resolveLiveness,
  resolveOutbound,
  resolveTcp,
  type WsServerOptions,
} from './ws-server-options.js';
import { serializeCloseBody } from '../connection/close-frame.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionSettings } from '../connection/connection-settings.js';
import { type LimitsHit, noLimitsHit } from '../connection/limit.js';
import { prepareSocket, type ResolvedTcp } from '../connection/tcp-options.js';
import type { ConnectionListener, WsConnection } from '../connection/ws-connection.js';
import { resolveDeflate } from '../deflate/deflate-options.js';
import { SlowConsumer } from '../connection/slow-consumer.js';
import { TimingWheel } from '../time/timing-wheel.js';

/**
 * A WebSocket server: on an HTTP server that exists, or on one of its own.
 *
 * ```ts
 * const server = new WsServer({
 *   onConnection: () => ({ onMessage: (connection, message) => connection.send(message) }),
 * });
 * await server.listen(9001);
 * ```
 */
export class WsServer implements UpgradeEndpoint {
  /** One timer for all deadlines of connections; users of the engine may hang theirs on it as well. */
  readonly wheel: TimingWheel;

  private readonly httpServer: HttpServer;
  private readonly router: UpgradeRouter;
  /** What listens for this server, unless that is an HTTP server of its user's. */
  private readonly listener: HttpListener | undefined;
  private readonly ownsListener: boolean;
  private readonly settings: ConnectionSettings;
  private readonly admission: Admission;
  private readonly gate: HandshakeGate;
  private readonly terms: ServerTerms;
  private readonly tcp: ResolvedTcp;
  private readonly limits: ServerLimits;
  private readonly counts = noLimitsHit();
  private readonly live = new Set<Connection>();
  private closing: Promise<void> | null = null;
  private draining: Drain | null = null;
  private onEmpty: (() => void) | null = null;

  /** @throws RangeError for a limit out of its range, SyntaxError for a trusted proxy that is no address. */
  constructor(private readonly options: WsServerOptions) {
    this.wheel = TimingWheel.of(options.clock);
    this.admission = new Admission(options);
    this.limits = limitsOf(options);
    const maxMessageBytes = checkedLimit('maxMessageBytes', options.maxMessageBytes);
    const deflate = resolveDeflate(options.perMessageDeflate);
    this.terms = {
      subprotocols: options.subprotocols ?? [],
      deflate: deflate && new DeflateAnswers(deflate, maxMessageBytes),
    };
    this.settings = {
      parser: new FrameParserSettings({
        role: Role.Server,
        maxMessageBytes,
        maxFragments: checkedLimit('maxFragments', options.maxFragments),
        allocate: (size) => Buffer.allocUnsafeSlow(size),
      }),
      wheel: this.wheel,
      closeTimeoutMs: checkedLimit('closeTimeoutMs', options.closeTimeoutMs),
      liveness: resolveLiveness(options),
      outbound: resolveOutbound(options, SlowConsumer.Close),
      outboundTotal: this.limits.outbound,
      unfinished: this.limits.unfinished,
      limitsHit: this.counts,
      onClosed: (connection) => this.forget(connection),
    };
    this.gate = new HandshakeGate({
      wheel: this.wheel,
      timeoutMs: checkedLimit('decisionTimeoutMs', options.decisionTimeoutMs),
      accept: (opening, decision) => this.accept(opening, decision),
      refuse: ({ socket, served }, refusal) => this.refuse(socket, refusal, served),
      onGone: ({ served }) => this.options.onRefused?.({ how: 'abandoned', code: 0, served }),
      report: options.onHandshakeError ?? warnOnce(),
    });
    this.tcp = resolveTcp(options);
    this.ownsListener = options.server === undefined;
    if (options.server === undefined || options.server instanceof HttpListener) {
      this.listener = options.server ?? new HttpListener(options);
      this.httpServer = this.listener.server;
    } else {
      this.listener = undefined;
      this.httpServer = options.server;
      warnIfUnbounded(this.httpServer);
    }
    if (!this.ownsListener) refuseOwnersOptions(options);
    this.router = upgradeRouterOf(this.httpServer);
    this.router.add(this);
  }

  /** The open connections. */
  get connections(): ReadonlySet<WsConnection> {
    return this.live;
  }

  /** How often peers ran into each limit here, by its name, since the server was created. */
  get limitsHit(): LimitsHit {
    return this.counts;
  }

  /** Where it listens; empty before `listen()`, or until the owner of a shared HTTP server has called its. */
  get addresses(): readonly ListenAddress[] {
    if (this.listener !== undefined) return this.listener.addresses;
    const address = this.httpServer.address();
    return address === null ? [] : [address];
  }

  /**
   * Listens, where the HTTP server is this server's own: on a port or a unix socket; called again, on one more.
   *
   * @param port - 0 for any that is free; the answer says which.
   * @param host - `::` for all addresses of this machine.
   * @throws the operating system's error, such as EADDRINUSE; Error on a shared HTTP server, whose owner listens.
   */
  async listen(port?: number, host?: string): Promise<AddressInfo>;
  async listen(options: TcpListenOptions): Promise<AddressInfo>;
  async listen(options: UnixListenOptions): Promise<string>;
  async listen(where: number | ListenOptions = 0, host = '127.0.0.1'): Promise<ListenAddress> {
    return this.own().listen(typeof where === 'number' ? { port: where, host } : where);
  }

  /**
   * Uses another certificate from now on, where the HTTP server is this server's own; open connections keep theirs.
   *
   * @throws Error on a shared HTTP server or one without TLS, Node's error for what TLS can't use.
   */
  setSecureContext(options: SecureContextOptions): void {
    this.own().setSecureContext(options);
  }

  /**
   * Refuses new connections with 503 and ends the open ones by a closing handshake each; then ends the HTTP server, if it
   * is this server's own. Further calls wait for the first.
   *
   * @param code - what a server may send. @default 1001
   * @param reason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that a server may not send, or a longer reason; nothing is closed then.
   */
  async close(code: number = CloseCode.GoingAway, reason = ''): Promise<void> {
    serializeCloseBody(code, reason, Role.Server);
    if (this.draining !== null) {
      this.draining.stop();
      for (const connection of this.live) connection.close(code, reason);
    }
    await (this.closing ??= this.end(code, reason));
  }

  /**
   * The same by and by: refuses new connections with 503 and `Retry-After` at once, and closes the open ones in batches over at most
   * `durationMs`, so that they do not all come back in the same moment. An HTTP server of its own goes on to listen meanwhile, to say so, and
   * ends then. Further calls wait for the first; `close()` meanwhile hurries it up: it closes at once what is left.
   *
   * @throws RangeError or TypeError for an option that can't be; nothing is closed then.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    const plan = planDrain(options, this.settings.closeTimeoutMs);
    await (this.closing ??= this.endSlowly(plan));
    if (this.draining?.failure !== undefined) throw this.draining.failure;
  }

  /** @internal */
  serves(path: string): boolean {
    const served = this.options.path;
    if (served === undefined) return true;
    if (typeof served === 'function') return served(path);
    return typeof served === 'string' ? served === path : served.includes(path);
  }

  /** @internal */
  upgrade(request: IncomingMessage, headers: HeaderLines, socket: Duplex, head: Buffer): void {
    this.answer(request, headers, socket, head, this.options.onHandshake, true);
  }

  /** @internal */
  get takesUnserved(): boolean {
    return this.options.onUnservedPath !== undefined;
  }

  /** @internal */
  upgradeUnserved(request: IncomingMessage, headers: HeaderLines, socket: Duplex, head: Buffer): void {
    this.answer(request, headers, socket, head, this.options.onUnservedPath, false);
  }

  /** @internal */
  refuseUnserved(socket: Duplex, refusal: Refusal): void {
    this.refuse(socket, refusal, false);
  }

  private refuse(socket: Duplex, refusal: Refusal, served: boolean): void {
    refuseUpgrade(socket, refusal, this.wheel);
    this.options.onRefused?.({ how: 'response', code: refusal.status, served });
  }

  private answer(
    request: IncomingMessage,
    headers: HeaderLines,
    socket: Duplex,
    head: Buffer,
    hook: HandshakeHook | undefined,
    served: boolean,
  ): void {
    if (this.closing !== null) return this.refuse(socket, GOING_AWAY, served);
    const result = readHandshake(request, headers);
    if (!result.ok) return this.refuse(socket, result.refusal, served);
    const { handshake } = result;
    const admission = this.admission.admit(
      peerOf(request, handshake.host, this.listener?.hasProxyProtocol === true),
      headers,
      () => isBoundToLoopback(this, request.socket),
    );
    if (!admission.ok) return this.refuse(socket, admission.refusal, served);
    const { caller, countedAs } = admission;
    const objection = this.limits.objectionToHandshake(countedAs, this.wheel.now());
    if (objection !== undefined) return this.refuseFor(socket, objection, served);

    const facts = requestFacts(request, headers, handshake, caller, countedAs);
    const opening: Opening = { socket, head, handshake, facts, target: request.url ?? '', headers, served };
    if (hook === undefined) this.accept(opening, ACCEPTED);
    else this.gate.ask(hook, opening);
  }

  private accept(opening: Opening, decision: HandshakeAcceptance | HandshakeClosure): void {
    const { socket, head, handshake, facts } = opening;
    // Others may have come in while a decision was awaited.
    const objection = this.limits.objectionToConnection(facts.countedAs);
    if (objection !== undefined) return this.refuseFor(socket, objection, opening.served);
    if (socket instanceof Socket) prepareSocket(socket, this.tcp);
    const chosen = decision.kind === 'accept' ? decision.subprotocol : undefined;
    const negotiated = acceptUpgrade(socket, handshake, this.terms, chosen);
    const connection = new Connection(socket, this.settings, facts, negotiated);
    this.live.add(connection);
    this.limits.enter(facts.countedAs);
    if (decision.kind === 'accept') {
      return connection.start(this.options.onConnection(connection, decision.context), head);
    }
    // Closed before the first byte is read: nothing that the peer has sent ahead is a message any longer.
    connection.close(decision.closeCode, decision.closeReason);
    connection.start(NOBODY, head);
    this.options.onRefused?.({ how: 'close', code: decision.closeCode, served: opening.served });
  }

  private own(): HttpListener {
    if (this.ownsListener && this.listener !== undefined) return this.listener;
    throw new Error('This HTTP server is shared: call its own listen() or setSecureContext()');
  }

  private refuseFor(socket: Duplex, { limit, refusal }: LimitObjection, served: boolean): void {
    this.counts[limit]++;
    this.refuse(socket, refusal, served);
  }

  private forget(connection: Connection): void {
    this.live.delete(connection);
    this.limits.leave(connection.request.countedAs);
    if (this.live.size === 0) this.onEmpty?.();
  }

  private async end(code: number, reason: string): Promise<void> {
    this.gate.close();
    for (const connection of this.live) connection.close(code, reason);
    const empty = this.empty();
    if (this.ownsListener) await this.listener?.close(empty);
    else await empty;
    this.router.remove(this);
  }

  private async endSlowly(plan: DrainPlan): Promise<void> {
    this.gate.close();
    const drain = new Drain(this.live, plan, this.wheel);
    this.draining = drain;
    const empty = this.empty();
    drain.start();
    await empty;
    drain.stop();
    if (this.ownsListener) await this.listener?.close();
    else if (plan.refuseUntilClosed && this.httpServer.listening) {
      this.httpServer.once('close', () => this.router.remove(this));
      return;
    }
    this.router.remove(this);
  }

  private empty(): Promise<void> {
    return this.live.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => (this.onEmpty = resolve));
  }
}

function peerOf({ socket }: IncomingMessage, host: string, hasProxyProtocol: boolean): DirectPeer {
  const source = proxiedSource(socket);
  return {
    address: source === undefined ? socket.remoteAddress : source.address,
    encrypted: socket instanceof TLSSocket ? true : source?.encrypted,
    host,
    forwarded: source !== undefined,
    isBalancer: hasProxyProtocol && source === undefined,
  };
}

const OWNERS_OPTIONS = ['tls', 'tlsHandshakeTimeoutMs', 'handshakeTimeoutMs', 'proxyProtocol'] as const;

/** An option that nobody would follow is a misunderstanding. */
function refuseOwnersOptions(options: WsServerOptions): void {
  const given = OWNERS_OPTIONS.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw new TypeError(
      `${given} is the owner's to decide on a shared HTTP server: create the server or HttpListener with it`,
    );
  }
}

/** Who listens to a connection that was opened only to be closed. */
const NOBODY: ConnectionListener = { onMessage: () => undefined };
