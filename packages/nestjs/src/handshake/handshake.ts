import type { ExecutionContext } from '@nestjs/common';
import type { ConnectionRequest, HandshakeRequest, HeaderLines } from '@nestwire/engine';
import { parseCookie } from 'cookie';
import { checkPrincipal, type Principal } from './principal.js';
import { findToken, type TokenPlaces } from './token.js';
import type { PathParams } from '../server/path-pattern.js';

/**
 * An opening handshake before its answer, as guards and the authenticator see it: what `Handshake.of(context)` and
 * `context.switchToHttp().getRequest()` give. It holds whatever secrets the client has sent, and is gone once answered.
 *
 * @typeParam P - the application's principals.
 */
export class Handshake<P extends Principal = Principal> implements ConnectionRequest {
  private known: P | undefined = undefined;
  private joined: Record<string, string | undefined> | undefined = undefined;
  private jar: Record<string, string | undefined> | undefined = undefined;

  /** @internal */
  constructor(
    private readonly request: HandshakeRequest,
    /** What the path's pattern has matched, decoded: `/rooms/:room` gives `room`, `/files/*path` a list of segments. */
    readonly params: PathParams,
  ) {}

  /** The handshake that a guard is called for; `undefined` if it is called for something else, such as a message. */
  static of(context: Pick<ExecutionContext, 'getArgs'>): Handshake | undefined {
    return context.getArgs<unknown[]>().find((argument) => argument instanceof Handshake);
  }

  /** The header fields, names in lower case; of several lines, one joined by `, `, and for `cookie` by `; `. */
  get headers(): Readonly<Record<string, string | undefined>> {
    if (this.joined === undefined) {
      this.joined = Object.create(null) as Record<string, string | undefined>;
      for (const [name, lines] of Object.entries(this.request.headers)) {
        this.joined[name] = lines?.join(name === 'cookie' ? '; ' : ', ');
      }
    }
    return this.joined;
  }

  /** The header fields, names in lower case, one entry a field line. */
  get headerLines(): HeaderLines {
    return this.request.headers;
  }

  /** The cookies by name, decoded. */
  get cookies(): Readonly<Record<string, string | undefined>> {
    return (this.jar ??= parseCookie(this.headers['cookie'] ?? ''));
  }

  /** The subprotocols that the client offers, in its order of preference. */
  get protocols(): readonly string[] {
    return this.request.subprotocols;
  }

  /** The request-target as sent: a path with its query, or an absolute URI. */
  get url(): string {
    return this.request.target;
  }

  get method(): 'GET' {
    return 'GET';
  }

  get path(): string {
    return this.request.facts.path;
  }

  get query(): string {
    return this.request.facts.query;
  }

  get searchParams(): URLSearchParams {
    return this.request.facts.searchParams;
  }

  get host(): string {
    return this.request.facts.host;
  }

  get origin(): string | undefined {
    return this.request.facts.origin;
  }

  get secure(): boolean | undefined {
    return this.request.facts.secure;
  }

  get remoteAddress(): string | undefined {
    return this.request.facts.remoteAddress;
  }

  get peerAddress(): string | undefined {
    return this.request.facts.peerAddress;
  }

  get tls(): ConnectionRequest['tls'] {
    return this.request.facts.tls;
  }

  /** Aborted when nobody waits for the answer any longer: the client has gone, time is up, the server closes. */
  get signal(): AbortSignal {
    return this.request.signal;
  }

  /** Who the connection will speak for: set by the authenticator, or by a guard. */
  get principal(): P | undefined {
    return this.known;
  }

  /** @throws TypeError for what is no principal. */
  set principal(principal: P | undefined) {
    if (principal !== undefined) checkPrincipal(principal);
    this.known = principal;
  }

  /**
   * A bearer token, from the first of these places that has one. One that is there twice is not there: nobody can say which was meant.
   *
   * ```ts
   * handshake.token({ header: true, cookie: 'session', subprotocol: 'bearer.' })
   * ```
   */
  token(places: TokenPlaces = {}): string | undefined {
    return findToken(this, places);
  }

  /** Says nothing of what the client has sent, so that logging a handshake gives no secret away. */
  toJSON(): object {
    const { host, remoteAddress, origin } = this;
    return { path: this.path, host, remoteAddress, origin };
  }
}
