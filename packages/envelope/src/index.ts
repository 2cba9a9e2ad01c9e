export {
  canonicalUserId,
  isCode,
  isCorrelationId,
  isUserId,
  MAX_CODE,
  MAX_ID_LENGTH,
  NO_CODE,
  SERVER_ID_PREFIX,
  type CorrelationId,
  type DecodedEnvelope,
  type DecodedReply,
  type EnvelopeError,
  type IncomingEnvelope,
  type IncomingReply,
  type MalformedEnvelope,
  type OutgoingEnvelope,
  type UserId,
} from './envelope.js';
export type { BinaryEnvelopeCodec, EnvelopeCodec, TextEnvelopeCodec } from './envelope-codec.js';
export { JsonCodec } from './json.codec.js';
export { EventDataCodec, type EventDataOptions } from './event-data.codec.js';
export { EncodeOnce } from './encode-once.js';
export { checkOutgoing, malformed, validateEnvelope, validateReply } from './validate-envelope.js';

export {
  CLOSE_CODES,
  closeCodeEntry,
  NestwireCloseCode,
  ReconnectRule,
  type CloseCodeEntry,
  type CloseCodeSender,
} from './close-codes.js';
