import { type HeaderLines, listHas } from './headers.js';
import { parseExtensions } from './extensions.js';
import { checkResponse } from '../deflate/negotiate.js';
import type { DeflateAgreement, DeflateParameters } from '../deflate/parameters.js';

/** A server's answer to an opening handshake, as the HTTP parser saw it. */
export interface UpgradeResponse {
  readonly status: number;
  readonly headers: HeaderLines;
}

/** What the client sent, as far as the answer has to fit it. */
export interface SentOffer {
  /** What `Sec-WebSocket-Accept` must be. */
  readonly accept: string;
  readonly subprotocols: readonly string[];
  /** The one offer of permessage-deflate; `undefined` for none. */
  readonly deflate: DeflateParameters | undefined;
}

/** Why a server's answer is none: then "the client MUST _Fail the WebSocket Connection_". RFC 6455 §4.1. */
export const HandshakeFailure = {
  /** Any status but 101; a redirect and a challenge are the caller's to follow. */
  Status: 'status',
  /** No `Upgrade: websocket`. */
  Upgrade: 'upgrade',
  /** No `Connection: Upgrade`. */
  Connection: 'connection',
  /** No `Sec-WebSocket-Accept`, two, or another than the key's. */
  Accept: 'accept',
  /** An extension, or parameters, that were not offered. */
  Extensions: 'extensions',
  /** A subprotocol that was not offered, or more than one. */
  Subprotocol: 'subprotocol',
} as const;

export type HandshakeFailure = (typeof HandshakeFailure)[keyof typeof HandshakeFailure];

export type ResponseResult =
  | { readonly ok: true; readonly subprotocol: string | undefined; readonly deflate: DeflateAgreement | null }
  | { readonly ok: false; readonly failure: HandshakeFailure };

/** Validates a server's answer, point by point as §4.1 lists them. */
export function validateResponse({ status, headers }: UpgradeResponse, sent: SentOffer): ResponseResult {
  // 1. "If the status code received from the server is not 101, the client handles the response per HTTP procedures."
  if (status !== 101) return no(HandshakeFailure.Status);
  // 2. "… lacks an |Upgrade| header field or … contains a value that is not an ASCII case-insensitive match for … websocket"
  const upgrade = headers['upgrade'];
  if (upgrade?.length !== 1 || upgrade[0]?.toLowerCase() !== 'websocket') return no(HandshakeFailure.Upgrade);
  // 3. "… lacks a |Connection| header field or … doesn't contain a token that is an ASCII case-insensitive match for …
  // Upgrade"
  if (!listHas(headers['connection'], 'upgrade')) return no(HandshakeFailure.Connection);
  // 4. "… lacks a |Sec-WebSocket-Accept| header field or … contains a value other than the base64-encoded SHA-1"
  const accept = headers['sec-websocket-accept'];
  if (accept?.length !== 1 || accept[0] !== sent.accept) return no(HandshakeFailure.Accept);
  // 5. "… indicates the use of an extension that was not present in the client's handshake"
  const extensions = parseExtensions(headers['sec-websocket-extensions']);
  const deflate = extensions === undefined ? undefined : checkResponse(extensions, sent.deflate);
  if (deflate === undefined) return no(HandshakeFailure.Extensions);
  // 6. "… indicates the use of a subprotocol that was not present in the client's handshake"
  const subprotocols = headers['sec-websocket-protocol'] ?? [];
  const [subprotocol] = subprotocols;
  if (subprotocols.length > 1 || (subprotocol !== undefined && !sent.subprotocols.includes(subprotocol))) {
    return no(HandshakeFailure.Subprotocol);
  }
  return { ok: true, subprotocol, deflate };
}

function no(failure: HandshakeFailure): ResponseResult {
  return { ok: false, failure };
}
