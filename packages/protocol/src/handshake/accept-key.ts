/** The SHA-1 of an ASCII text, in base64. Platforms have their own; the protocol has none. */
export type Sha1Base64 = (ascii: string) => string;

/** "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", which no other protocol would append. RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** 16 bytes in base64: "a nonce … that MUST be … a randomly selected 16-byte value that has been base64-encoded". §4.1 */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Whether `Sec-WebSocket-Key` is "a base64-encoded value that, when decoded, is 16 bytes in length". §4.2.1 */
export function isHandshakeKey(key: string): boolean {
  return KEY.test(key);
}

/** `Sec-WebSocket-Accept`: base64(SHA-1(key + GUID)). §4.2.2 */
export function acceptKey(key: string, sha1: Sha1Base64): string {
  return sha1(key + GUID);
}
