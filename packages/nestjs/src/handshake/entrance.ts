import { ForbiddenException } from '@nestjs/common';
import type { HandshakeDecision, HandshakeHook, HandshakeRequest } from '@nestwire/engine';
import { answerTo, refusalOf, type Refusals } from './handshake-answer.js';
import type { Authenticate } from './handshake-authenticator.js';
import type { HandshakeGuards } from './handshake-guards.js';
import { Handshake } from './handshake.js';
import { UpgradeRequest } from './upgrade-request.js';
import type { PathPattern } from '../server/path-pattern.js';
import type { PathTable } from '../server/path-table.js';

export interface EntranceSettings {
  readonly pattern: PathPattern;
  /** The paths of the same port, of which this is one. */
  readonly paths: PathTable;
  readonly authenticate: Authenticate | undefined;
  /** Of each of the path's gateways. */
  readonly guards: readonly HandshakeGuards[];
  readonly refusals: Refusals;
  /** Whether handshakes are taken as `WsAdapter` takes them. */
  readonly platformWs: boolean;
}

/** Who may come in by a path. */
export class Entrance {
  private subprotocols: readonly string[] = [];

  constructor(private readonly settings: EntranceSettings) {}

  /** The gateway's path, which may be a pattern. */
  get path(): string {
    return this.settings.pattern.text;
  }

  /** Whether this path is this entrance's, and no other's of the same port. */
  readonly serves = (path: string): boolean => {
    const { paths, pattern } = this.settings;
    return paths.find(path) === pattern;
  };

  /** Makes the guards that are made once. Before that, nobody comes in. */
  async prepare(): Promise<void> {
    for (const guards of this.settings.guards) await guards.prepare();
  }

  /**
   * What the engine is to ask; `undefined` where there is nothing to ask, which costs nothing.
   *
   * @param report - told of exceptions that nobody expected.
   * @param subprotocols - those that are known.
   */
  hook(report: (exception: unknown) => void, subprotocols: readonly string[]): HandshakeHook | undefined {
    const { pattern, authenticate, guards, platformWs } = this.settings;
    if (pattern.isLiteral && authenticate === undefined && guards.length === 0 && !platformWs) return undefined;
    this.subprotocols = subprotocols;
    return (request) => this.decide(request, report);
  }

  /** What to say to those who ask for a path of nobody's; `undefined` for a plain 404. */
  get onUnservedPath(): ((request: HandshakeRequest) => HandshakeDecision) | undefined {
    const { refusals } = this.settings;
    if (refusals === 'http') return undefined;
    return ({ facts }) => refusalOf(404, 'Nothing is served on this path', facts, refusals);
  }

  private decide(
    request: HandshakeRequest,
    report: (exception: unknown) => void,
  ): HandshakeDecision | Promise<HandshakeDecision> {
    const { pattern, authenticate, guards, refusals, platformWs } = this.settings;
    const params = pattern.paramsOf(request.facts.path);
    if (params === undefined) return refusalOf(400, 'The path is malformed', request.facts, refusals);
    if (!guards.every(({ isReady }) => isReady)) {
      return refusalOf(503, 'The server is starting', request.facts, refusals);
    }
    const handshake = platformWs ? new UpgradeRequest(request, params) : new Handshake(request, params);
    if (authenticate === undefined && guards.length === 0) return this.accept(handshake);
    return this.admit(handshake, report);
  }

  private accept(handshake: Handshake): HandshakeDecision {
    const { protocols } = handshake;
    const [first] = protocols;
    const isKnown = protocols.some((protocol) => this.subprotocols.includes(protocol));
    if (!this.settings.platformWs || isKnown || first === undefined) return { kind: 'accept', context: handshake };
    // ws chooses the first, whatever it is; without one, browsers give up.
    return { kind: 'accept', context: handshake, subprotocol: first };
  }

  private async admit(handshake: Handshake, report: (exception: unknown) => void): Promise<HandshakeDecision> {
    const { authenticate, guards, refusals } = this.settings;
    try {
      const principal = await authenticate?.(handshake);
      if (principal !== undefined) handshake.principal = principal;
      for (const ofGateway of guards) {
        if (!(await ofGateway.admit(handshake))) throw new ForbiddenException('Forbidden resource');
      }
      return this.accept(handshake);
    } catch (exception) {
      const { decision, expected } = answerTo(exception, handshake, refusals);
      // What fails because the client has gone is nobody's fault, and nobody hears the answer.
      if (!expected && !handshake.signal.aborted) report(exception);
      return decision;
    }
  }
}
