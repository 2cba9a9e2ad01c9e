import type { DataOpcode } from '../opcode.js';
import type { Violation } from '../violation.js';

/**
 * What a {@link FrameParser} reports to. Calls are direct and in the order of the wire.
 *
 * Payloads come as a range of bytes. The range is valid during the call only: where `bytes` is the chunk that was given
 * to the parser, its owner may use it again, so a sink MUST copy what it keeps. Where it is any other array, the message
 * came in pieces, was put together in storage of its own, and belongs to the sink.
 *
 * A sink MAY call the parser's `pause()` and `stop()` from within a call. It MUST NOT throw.
 */
export interface FrameSink {
  /**
   * A whole message, unmasked. Text is valid UTF-8.
   *
   * @param ascii - whether a text is all ASCII; without meaning for binary messages.
   */
  onMessage(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number, ascii: boolean): void;
  /**
   * A whole message as its sender compressed it, unmasked (RFC 7692 §6.2). A text's UTF-8 is the sink's to validate. MUST be
   * there where `compression` is on.
   */
  onCompressedMessage?(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number): void;
  onPing(bytes: Uint8Array, start: number, end: number): void;
  onPong(bytes: Uint8Array, start: number, end: number): void;
  /** The peer's close frame; nothing is parsed behind it. An empty body has the code 1005 (RFC 6455 §7.1.5). */
  onClose(code: number, bytes: Uint8Array, start: number, end: number): void;
  /** The peer broke a rule; nothing is parsed behind it. */
  onViolation(violation: Violation): void;
}
