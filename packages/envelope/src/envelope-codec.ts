import type { DecodedEnvelope, DecodedReply, OutgoingEnvelope } from './envelope.js';

/**
 * How envelopes stand on the wire. The port between messages and bytes; implement it for a format of your own.
 *
 * An implementation MUST have a `name` that is a token (RFC 9110 §5.6.2) and no other codec's; it is what a client
 * offers as `Sec-WebSocket-Protocol`. It MUST hold no state of a connection: one instance serves all of them.
 *
 * `encode` MUST carry every field of the envelope that is not `undefined` (`reply` is none that is carried), and leave out those that are. It MUST NOT keep
 * or change what it is given, and what it returns MUST NOT change afterwards: a broadcast is encoded once, and the same
 * message is sent to everybody. It MUST throw a TypeError or RangeError that says what to do instead where a value has no
 * form in the format. As far as the format allows, `data` MUST arrive as `JSON.parse(JSON.stringify(data))` would: a handler's
 * answer does not depend on who asked.
 *
 * `decode` is for servers, `decodeReply` for clients. Neither may throw, whatever a peer sends: they MUST report what is
 * wrong, in words that echo nothing of the input, with whatever of `userId`, `code` and `id` could be read. They MUST ignore
 * fields that they do not know, MUST NOT keep the bytes that they were given once their result is gone, and MUST NOT take
 * memory or time out of proportion to the message. {@link validateEnvelope} and {@link validateReply} hold a decoded value
 * to the envelope's rules, so that an implementation has its format to care for only.
 */
export type EnvelopeCodec = TextEnvelopeCodec | BinaryEnvelopeCodec;

interface CodecBase<Message> {
  /** The WebSocket subprotocol that selects this codec. RFC 6455 §1.9. */
  readonly name: string;
  /**
   * The format has no place for who speaks, so that a message without `userId` is in order even where the connection has no
   * principal. @default false
   */
  readonly userIdOptional?: boolean;
  /**
   * The ways of `@nestjs/platform-ws`, for peers that know no others. A reply is what the handler gave, and nothing around it: `encode`
   * is told so by `reply`, and is never asked to encode `undefined` or `null` so. What is no message, and what nobody handles, is
   * dropped without an answer, and counted. An exception is answered by Nest's own filter, in Nest's own form. A text codec reads
   * binary messages as well, as UTF-8. @default false
   */
  readonly bare?: boolean;
  encode(envelope: OutgoingEnvelope): Message;
  /** Reads what a client sent. */
  decode(message: Message): DecodedEnvelope;
  /** Reads what a server sent. */
  decodeReply(message: Message): DecodedReply;
}

export interface TextEnvelopeCodec extends CodecBase<string> {
  readonly opcode: 'text';
}

export interface BinaryEnvelopeCodec extends CodecBase<Uint8Array> {
  readonly opcode: 'binary';
}
