import type { DecodedEnvelope, DecodedReply, OutgoingEnvelope } from './envelope.js';
import type { TextEnvelopeCodec } from './envelope-codec.js';
import { MAX_JSON_DEPTH, parseJson } from './parse-json.js';
import { writePlain } from './plain-json.js';
import { checkOutgoing, malformed, validateEnvelope, validateReply } from './validate-envelope.js';
import { writeJson } from './write-json.js';

const NO_JSON = `A message must be JSON, at most ${String(MAX_JSON_DEPTH)} levels deep`;

/** JSON in text messages: what a client with no subprotocol speaks. 1,024 levels deep at most. */
export class JsonCodec implements TextEnvelopeCodec {
  readonly name = 'nestwire.v1.json';
  readonly opcode = 'text';

  /** @throws TypeError where `data` holds a BigInt or itself; RangeError for a code or an id that is none. */
  encode(envelope: OutgoingEnvelope): string {
    checkOutgoing(envelope);
    const plain = writePlain(envelope);
    if (plain !== undefined) return plain;
    const { userId, code, id, data, error, done, cancel, traceparent } = envelope;
    // JSON.stringify leaves out what is undefined; the order is the one that people read.
    return writeJson({ userId, code, id, data, error, done, cancel, traceparent });
  }

  decode(message: string): DecodedEnvelope {
    const value = parseJson(message);
    return value === undefined ? malformed(NO_JSON) : validateEnvelope(value);
  }

  decodeReply(message: string): DecodedReply {
    const value = parseJson(message);
    return value === undefined ? malformed(NO_JSON) : validateReply(value);
  }
}
