import type { DecodedEnvelope, OutgoingEnvelope } from './envelope.js';

/**
 * How envelopes stand on the wire. The port between messages and bytes; implement it for a format of your own.
 *
 * `decode` MUST NOT throw on a peer's input: it reports a malformed message. `encode` MUST throw where the value can't be
 * represented, and MUST NOT keep or change it.
 */
export type EnvelopeCodec = TextEnvelopeCodec | BinaryEnvelopeCodec;

export interface TextEnvelopeCodec {
  /** The WebSocket subprotocol that selects this codec (RFC 6455 §1.9). */
  readonly name: string;
  readonly opcode: 'text';
  encode(envelope: OutgoingEnvelope): string;
  decode(message: string): DecodedEnvelope;
}

export interface BinaryEnvelopeCodec {
  /** The WebSocket subprotocol that selects this codec (RFC 6455 §1.9). */
  readonly name: string;
  readonly opcode: 'binary';
  encode(envelope: OutgoingEnvelope): Uint8Array;
  decode(message: Uint8Array): DecodedEnvelope;
}
