import { isSendableCloseCode, MAX_CLOSE_REASON_BYTES, type Role } from '@nestwire/protocol';

/**
 * The body of a close frame: "the first two bytes … MUST be a 2-byte unsigned integer (in network byte order)", then a
 * reason in UTF-8. RFC 6455 §5.5.1.
 *
 * @throws RangeError for a code that this role may not send, or a reason over 123 bytes.
 */
export function serializeCloseBody(code: number, reason: string, role: Role): Buffer {
  if (!isSendableCloseCode(code, role)) {
    throw new RangeError(
      `A ${role} may not send the close code ${String(code)}: use 1000–1003, 1007–1009, 3000–4999` +
        (role === 'server' ? ' or 1011–1014' : ' or 1010'),
    );
  }
  const reasonLength = Buffer.byteLength(reason);
  if (reasonLength > MAX_CLOSE_REASON_BYTES) {
    throw new RangeError(
      `A close reason has at most ${String(MAX_CLOSE_REASON_BYTES)} bytes of UTF-8, not ${String(reasonLength)}`,
    );
  }
  const body = Buffer.allocUnsafe(2 + reasonLength);
  body.writeUInt16BE(code, 0);
  body.write(reason, 2);
  return body;
}
