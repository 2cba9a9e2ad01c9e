/** "All control frames MUST have a payload length of 125 bytes or less" (RFC 6455 §5.5). */
const MAX_BYTES = 125;

/**
 * For whoever sends a ping or a pong.
 *
 * @throws TypeError for anything but bytes, RangeError for too many.
 */
export function checkControlPayload(name: 'ping' | 'pong', payload: Uint8Array): void {
  if (!(payload instanceof Uint8Array)) {
    throw new TypeError(`${name}() takes a Uint8Array, not ${typeof payload}: encode it first`);
  }
  if (payload.length > MAX_BYTES) {
    throw new RangeError(
      `A ${name} has at most ${String(MAX_BYTES)} bytes of payload, not ${String(payload.length)}: send a message instead`,
    );
  }
}
