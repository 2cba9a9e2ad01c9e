import type { DecodedEnvelope, OutgoingEnvelope } from './envelope.js';
import type { TextEnvelopeCodec } from './envelope-codec.js';
import { malformed, validateEnvelope } from './validate-envelope.js';

/** JSON in text messages: what a client with no subprotocol speaks. */
export class JsonCodec implements TextEnvelopeCodec {
  readonly name = 'nestwire.v1.json';
  readonly opcode = 'text';

  /** @throws TypeError where `data` is cyclic or holds a BigInt. */
  encode(envelope: OutgoingEnvelope): string {
    const { userId, code, id, data, error, done } = envelope;
    // JSON.stringify leaves out what is undefined; the order is the one that people read.
    return JSON.stringify({ userId, code, id, data, error, done });
  }

  decode(message: string): DecodedEnvelope {
    let value: unknown;
    try {
      value = JSON.parse(message);
    } catch {
      return malformed('A message must be JSON');
    }
    return validateEnvelope(value);
  }
}
