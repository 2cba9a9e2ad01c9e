export {
  canonicalUserId,
  isCode,
  isCorrelationId,
  isTraceparent,
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

export { defineContract, entryOfCode, type Contract } from './contract/contract.js';
export {
  isContractEntry,
  isPushOnly,
  type AnyContractEntry,
  type ContractEntry,
  type EntryDefinition,
} from './contract/contract-entry.js';
export type {
  DataArgument,
  InputOf,
  OutputOf,
  PushedOf,
  PushOf,
  ReplyOf,
  RequestOf,
  SentOf,
} from './contract/contract-types.js';
export { type } from './contract/type.js';

export {
  CLOSE_CODES,
  closeCodeEntry,
  NestwireCloseCode,
  ReconnectRule,
  type CloseCodeEntry,
  type CloseCodeSender,
} from './close-codes.js';
export { CloseCodeRegistry, defineCloseCodes, type OwnCloseCode } from './close-code-registry.js';
export { reconnectRule, ruleAfter, SHORT_LIFE_MS, type ConnectionPast } from './reconnect-rule.js';
export {
  buildCloseReason,
  fitCloseReason,
  MAX_CLOSE_REASON_BYTES,
  parseCloseReason,
  type CloseReason,
} from './close-reason.js';
