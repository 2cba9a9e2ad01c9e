import { WEBSOCKET_VERSION } from './request.js';
import { isToken } from './headers.js';

/** What a client asks for beyond the bare connection. */
export interface ClientOffer {
  /** The nonce: 16 random bytes in base64, new for every handshake. RFC 6455 §4.1, item 7. */
  readonly key: string;
  /** In order of preference. */
  readonly subprotocols: readonly string[];
  /** The value of `Sec-WebSocket-Extensions`; `undefined` for none. */
  readonly extensions: string | undefined;
}

/**
 * The header fields of a client's opening handshake, but for `Host`, which goes with the transport. RFC 6455 §4.1.
 *
 * @throws SyntaxError for subprotocols that are no tokens, or the same one twice.
 */
export function buildRequestHeaders({ key, subprotocols, extensions }: ClientOffer): Record<string, string> {
  // "The elements that comprise this value MUST be non-empty strings … and MUST all be unique strings."
  for (const subprotocol of subprotocols) {
    if (!isToken(subprotocol)) throw new SyntaxError(`${JSON.stringify(subprotocol)} is no name of a subprotocol`);
  }
  if (new Set(subprotocols).size !== subprotocols.length) throw new SyntaxError('A subprotocol is offered twice');
  return {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': WEBSOCKET_VERSION,
    ...(subprotocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': subprotocols.join(', ') }),
    ...(extensions === undefined ? {} : { 'Sec-WebSocket-Extensions': extensions }),
  };
}
