import type { Caller } from './caller.js';
import { matcherOf, type NamePattern } from './name-patterns.js';

export interface OriginOptions {
  /**
   * Further origins whose pages may connect: `https://app.example.com`, `https://*.example.com` (`*` stands for part of a host's
   * name), `null`, regular expressions; or a question that decides alone. Danger: a page of such an origin acts with its visitor's
   * cookies. RFC 6455 §10.2.
   * @default none but the origin of the server itself: scheme (where known), host and port as asked for
   */
  readonly origins?: readonly NamePattern[] | ((origin: string, caller: Caller) => boolean);
  /**
   * Whether a handshake without `Origin` is taken: programs send none, browsers always do.
   * @default true
   */
  readonly allowNoOrigin?: boolean;
}

/** `serialized-origin` of RFC 6454 §6.2, or `null`. */
const ORIGIN = /^(?:null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\,]+)$/i;

/** Which pages may connect: anything can send any `Origin`, except a browser. RFC 6455 §10.2. */
export class OriginPolicy {
  private readonly listed: (origin: string, caller: Caller) => boolean;
  private readonly sameIsAllowed: boolean;
  private readonly allowNone: boolean;

  constructor({ origins = [], allowNoOrigin = true }: OriginOptions) {
    this.sameIsAllowed = typeof origins !== 'function';
    this.listed = typeof origins === 'function' ? origins : matcherOf(origins);
    this.allowNone = allowNoOrigin;
  }

  /** Why this origin may not connect, or `undefined` where it may. */
  objection(lines: readonly string[] | undefined, caller: Caller): string | undefined {
    if (lines === undefined) return this.allowNone ? undefined : 'An Origin is required';
    const [origin] = lines;
    if (origin === undefined || lines.length > 1 || !ORIGIN.test(origin)) return 'The Origin is malformed';
    if (this.sameIsAllowed && isSameOrigin(origin, caller)) return undefined;
    return this.listed(origin, caller) ? undefined : 'Pages of this Origin may not connect';
  }
}

/** Whether the page comes from where it connects to. */
function isSameOrigin(origin: string, { host, secure }: Caller): boolean {
  const scheme = /^https?:/i.exec(origin)?.[0].toLowerCase();
  if (scheme === undefined || !URL.canParse(origin)) return false;
  if (secure !== undefined && scheme !== (secure ? 'https:' : 'http:')) return false;
  // Both by the same scheme, so that a default port, present or absent, is the same.
  const own = `${scheme}//${host}`;
  return URL.canParse(own) && new URL(own).host === new URL(origin).host;
}
