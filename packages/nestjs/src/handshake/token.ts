import type { Handshake } from './handshake.js';

/** Where a token may stand; it is looked for in this order. */
export interface TokenPlaces {
  /**
   * `Authorization: Bearer …`; or another scheme than `Bearer`. Programs can send it, browsers can not.
   * @default true, where no other place is named
   */
  readonly header?: boolean | string;
  /** The name of a cookie. Danger: browsers send it for any page; `Origin` alone keeps others out (§10.2). */
  readonly cookie?: string;
  /** The name of a query parameter. Danger: URLs end up in the logs of proxies. */
  readonly query?: string;
  /**
   * The beginning of an entry of `Sec-WebSocket-Protocol`, such as `bearer.`: the rest is the token, in characters that an HTTP token
   * may have (a JWT has no others). The one way for scripts in a browser besides cookie and query; they have to offer a real
   * subprotocol as well, because a browser fails where none is chosen. The entry is never chosen itself.
   */
  readonly subprotocol?: string;
}

/** The first token found; `undefined` where there is none. */
export function findToken(handshake: Handshake, places: TokenPlaces): string | undefined {
  const { cookie, query, subprotocol } = places;
  const header = places.header ?? (cookie ?? query ?? subprotocol) === undefined;
  return (
    (header === false ? undefined : fromHeader(handshake, header === true ? 'Bearer' : header)) ??
    (cookie === undefined ? undefined : nonEmpty(handshake.cookies[cookie])) ??
    (query === undefined ? undefined : single(handshake.searchParams.getAll(query))) ??
    (subprotocol === undefined ? undefined : fromSubprotocol(handshake.protocols, subprotocol))
  );
}

/** `credentials = auth-scheme 1*SP token68`, the scheme in any case. RFC 9110 §11.4. */
function fromHeader({ headerLines }: Handshake, scheme: string): string | undefined {
  // Of two, a proxy may have read the other one.
  const line = single(headerLines['authorization'] ?? []);
  const space = line?.indexOf(' ') ?? -1;
  if (line === undefined || line.slice(0, space).toLowerCase() !== scheme.toLowerCase()) return undefined;
  return nonEmpty(line.slice(space).trim());
}

function fromSubprotocol(offered: readonly string[], beginning: string): string | undefined {
  return single(offered.filter((entry) => entry.startsWith(beginning)).map((entry) => entry.slice(beginning.length)));
}

function single(values: readonly string[]): string | undefined {
  return values.length === 1 ? nonEmpty(values[0]) : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
