import { readUint16 } from './read-uint.js';
import { isReceivableCloseCode } from '../close-code.js';
import { advanceUtf8, UTF8_ACCEPT, UTF8_REJECT } from '../utf8.js';
import { Violation } from '../violation.js';

/**
 * What is wrong with a close frame's body – a code of two bytes and a reason in UTF-8, or nothing – as early as its bytes
 * show it. RFC 6455 §5.5.1, §7.4, §8.1.
 *
 * @param complete - whether `bytes[start, end)` is all of it.
 */
export function closeBodyViolation(
  bytes: Uint8Array,
  start: number,
  end: number,
  complete: boolean,
): Violation | undefined {
  if (end - start < 2) return undefined;
  if (!isReceivableCloseCode(readUint16(bytes, start))) return Violation.InvalidCloseCode;
  const utf8 = advanceUtf8(UTF8_ACCEPT, bytes, start + 2, end);
  if (utf8 === UTF8_REJECT || (complete && utf8 !== UTF8_ACCEPT)) return Violation.InvalidCloseReason;
  return undefined;
}
