import { CloseCode } from './close-code.js';

/** What a peer did wrong, one name for each rule. The parser reports these; it never throws on a peer's input. */
export const Violation = {
  /** RSV1–3 "MUST be 0 unless an extension is negotiated". §5.2; RFC 7692 §6: RSV1 on a message's first frame alone */
  ReservedBits: 'reserved-bits',
  /** "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_." §5.2 */
  ReservedOpcode: 'reserved-opcode',
  /** "The server MUST close the connection upon receiving a frame that is not masked." §5.1 */
  UnmaskedFrame: 'unmasked-frame',
  /** "A client MUST close a connection if it detects a masked frame." §5.1 */
  MaskedFrame: 'masked-frame',
  /** "The minimal number of bytes MUST be used to encode the length." §5.2 */
  NonMinimalLength: 'non-minimal-length',
  /** Of a 64-bit length "the most significant bit MUST be 0". §5.2 */
  LengthTopBit: 'length-top-bit',
  /** "All control frames MUST … NOT be fragmented." §5.5 */
  FragmentedControlFrame: 'fragmented-control-frame',
  /** "All control frames MUST have a payload length of 125 bytes or less." §5.5 */
  ControlFrameTooLong: 'control-frame-too-long',
  /** A continuation frame while no message is unfinished. §5.4 */
  UnexpectedContinuation: 'unexpected-continuation',
  /** A new data frame while a message is unfinished: "fragments of one message MUST NOT be interleaved". §5.4 */
  ExpectedContinuation: 'expected-continuation',
  /** A close body of one byte: "the first two bytes of the body MUST be a 2-byte unsigned integer". §5.5.1 */
  TruncatedCloseCode: 'truncated-close-code',
  /** A code that may not be sent. §7.4 */
  InvalidCloseCode: 'invalid-close-code',
  /** A close reason that is not UTF-8. §5.5.1, §8.1 */
  InvalidCloseReason: 'invalid-close-reason',
  /** A text message that is not UTF-8. §8.1 */
  InvalidUtf8: 'invalid-utf8',
  /** A compressed message that does not inflate. RFC 7692 §7.2.2 */
  InvalidCompressedData: 'invalid-compressed-data',
  /** A message past the receiver's limit. §10.4 */
  MessageTooBig: 'message-too-big',
  /** More fragments in one message than the receiver allows. §10.4 */
  TooManyFragments: 'too-many-fragments',
} as const;

export type Violation = (typeof Violation)[keyof typeof Violation];

/** The one table from a violated rule to the code that the connection is failed with. §7.1.7, §7.4.1 */
export const CLOSE_CODE_OF_VIOLATION: Readonly<Record<Violation, number>> = {
  [Violation.ReservedBits]: CloseCode.ProtocolError,
  [Violation.ReservedOpcode]: CloseCode.ProtocolError,
  [Violation.UnmaskedFrame]: CloseCode.ProtocolError,
  [Violation.MaskedFrame]: CloseCode.ProtocolError,
  [Violation.NonMinimalLength]: CloseCode.ProtocolError,
  [Violation.LengthTopBit]: CloseCode.ProtocolError,
  [Violation.FragmentedControlFrame]: CloseCode.ProtocolError,
  [Violation.ControlFrameTooLong]: CloseCode.ProtocolError,
  [Violation.UnexpectedContinuation]: CloseCode.ProtocolError,
  [Violation.ExpectedContinuation]: CloseCode.ProtocolError,
  [Violation.TruncatedCloseCode]: CloseCode.ProtocolError,
  [Violation.InvalidCloseCode]: CloseCode.ProtocolError,
  [Violation.InvalidCloseReason]: CloseCode.InvalidPayload,
  [Violation.InvalidUtf8]: CloseCode.InvalidPayload,
  [Violation.InvalidCompressedData]: CloseCode.InvalidPayload,
  [Violation.MessageTooBig]: CloseCode.MessageTooBig,
  [Violation.TooManyFragments]: CloseCode.PolicyViolation,
};
