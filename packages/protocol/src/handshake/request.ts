import { isHandshakeKey } from './accept-key.js';
import { type Extension, parseExtensions } from './extensions.js';
import { type HeaderLines, isToken, listHas, listMembers } from './headers.js';
import { type Refusal, refuse } from './response.js';

/** An HTTP request that asks for an upgrade, as the HTTP parser saw it. */
export interface UpgradeRequest {
  readonly method: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** The request-target as sent: a path with its query, or an absolute URI. */
  readonly target: string;
  readonly headers: HeaderLines;
}

/** What a valid opening handshake of a client says. RFC 6455 §4.2.1. */
export interface ClientHandshake {
  readonly key: string;
  /** The authority that was asked for. */
  readonly host: string;
  readonly target: RequestTarget;
  /** In the client's order of preference; each once. */
  readonly subprotocols: readonly string[];
  /** In the client's order of preference. */
  readonly extensions: readonly Extension[];
}

/** "/resource name/" of §3, taken apart. */
export interface RequestTarget {
  /** Begins with `/`; as sent, percent-encoding included. */
  readonly path: string;
  /** Without its `?`; empty where there is none. */
  readonly query: string;
  /** Of an absolute URI; `undefined` for a mere path. */
  readonly authority?: string;
}

export type HandshakeResult =
  { readonly ok: true; readonly handshake: ClientHandshake } | { readonly ok: false; readonly refusal: Refusal };

export const WEBSOCKET_VERSION = '13';

/** `uri-host [ ":" port ]` of RFC 9110 §7.2: a name, an IPv4 address or a bracketed IPv6 literal. */
const HOST = /^(?:[A-Za-z0-9\-._~%!$&'()*+,;=]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/** `absolute-form` with a scheme of §4.2.1: "an HTTP/HTTPS URI". */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]+)(?=[/?]|$)/i;

/** Whether it may stand in `Host`. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Whether the request asks for WebSocket at all; where it does not, it is somebody else's upgrade. */
export function asksForWebSocket(headers: HeaderLines): boolean {
  return listHas(headers['upgrade'], 'websocket');
}

/** The request-target's path and query, or `undefined` where it is no target of a WebSocket (§3: a fragment is none). */
export function parseTarget(target: string): RequestTarget | undefined {
  if (target.startsWith('/')) return parseResource(target);
  const [prefix = '', authority] = ABSOLUTE_FORM.exec(target) ?? [];
  if (authority === undefined) return undefined;
  const rest = target.slice(prefix.length);
  const resource = parseResource(rest.startsWith('/') ? rest : `/${rest}`);
  return resource && { ...resource, authority };
}

function parseResource(resource: string): RequestTarget | undefined {
  if (!VISIBLE_ASCII.test(resource) || resource.includes('#')) return undefined;
  const mark = resource.indexOf('?');
  if (mark === -1) return { path: resource, query: '' };
  return { path: resource.slice(0, mark), query: resource.slice(mark + 1) };
}

/**
 * Reads a client's opening handshake. RFC 6455 §4.2.1: where it "does not send a handshake that matches the description
 * below … the server MUST stop processing the client's handshake and return an HTTP response with an appropriate error
 * code".
 */
export function validateRequest(request: UpgradeRequest): HandshakeResult {
  const { headers } = request;

  // "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1."
  if (request.method !== 'GET') return no(405, 'The opening handshake must be a GET request', { Allow: 'GET' });
  if (request.httpVersionMajor < 1 || (request.httpVersionMajor === 1 && request.httpVersionMinor < 1)) {
    return no(505, 'The opening handshake must be HTTP/1.1');
  }

  // "An |Upgrade| header field containing the value 'websocket', treated as an ASCII case-insensitive value."
  if (!asksForWebSocket(headers)) {
    return no(426, 'Upgrade must be websocket', { Upgrade: 'websocket', Connection: 'Upgrade, close' });
  }
  // "A |Connection| header field that includes the token 'Upgrade', treated as an ASCII case-insensitive value."
  if (!listHas(headers['connection'], 'upgrade')) return no(400, 'Connection must include Upgrade');

  const target = parseTarget(request.target);
  if (target === undefined) return no(400, 'The request target must be a path or an http(s) URI without a fragment');

  // "A |Host| header field containing the server's authority."
  const named = single(headers['host']);
  if (named === undefined || !isHost(named)) return no(400, 'Exactly one valid Host is required');
  // "When an origin server receives a request with an absolute-form of request-target, the origin server MUST ignore the
  // received Host header field (if any) and instead replace it with the host information of the request-target" (RFC 9112 §3.2.2).
  const host = target.authority ?? named;
  if (!isHost(host)) return no(400, 'The authority of the request target is malformed');

  // A body would be taken for frames; a GET has none.
  const lengths = headers['content-length'];
  if (headers['transfer-encoding'] !== undefined || (lengths !== undefined && !/^0*$/.test(lengths.join()))) {
    return no(400, 'The opening handshake must not have a body');
  }

  // "A |Sec-WebSocket-Version| header field, with a value of 13"; if not, "an appropriate HTTP error code (such as 426
  // Upgrade Required) and a |Sec-WebSocket-Version| header field indicating the version(s)" (§4.2.2).
  const versions = headers['sec-websocket-version'];
  if (versions !== undefined && versions.length > 1) return no(400, 'Sec-WebSocket-Version must not be repeated');
  if (versions?.[0] !== WEBSOCKET_VERSION) {
    return no(426, `Sec-WebSocket-Version must be ${WEBSOCKET_VERSION}`, {
      Upgrade: 'websocket',
      Connection: 'Upgrade, close',
      'Sec-WebSocket-Version': WEBSOCKET_VERSION,
    });
  }

  // "A |Sec-WebSocket-Key| header field with a base64-encoded value that, when decoded, is 16 bytes in length", which
  // "MUST NOT appear more than once" (§11.3.1).
  const key = single(headers['sec-websocket-key']);
  if (key === undefined || !isHandshakeKey(key)) {
    return no(400, 'Exactly one Sec-WebSocket-Key of 16 bytes in base64 is required');
  }

  // "The elements that comprise this value MUST be non-empty strings … and MUST all be unique strings" (§4.1).
  const subprotocols = listMembers(headers['sec-websocket-protocol']);
  if (subprotocols.length > 0 && !(subprotocols.every(isToken) && areUnique(subprotocols))) {
    return no(400, 'Sec-WebSocket-Protocol must be a list of different tokens');
  }

  const extensions = parseExtensions(headers['sec-websocket-extensions']);
  if (extensions === undefined) return no(400, 'Sec-WebSocket-Extensions is malformed');

  return { ok: true, handshake: { key, host, target, subprotocols, extensions } };
}

function areUnique(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

function single(lines: readonly string[] | undefined): string | undefined {
  return lines?.length === 1 ? lines[0] : undefined;
}

function no(status: number, reason: string, headers?: Readonly<Record<string, string>>): HandshakeResult {
  return { ok: false, refusal: refuse(status, reason, headers) };
}
