import type { DecodedEnvelope, DecodedReply, OutgoingEnvelope } from './envelope.js';
import type { TextEnvelopeCodec } from './envelope-codec.js';
import { checkOutgoing, malformed, validateEnvelope, validateReply } from './validate-envelope.js';
import { writeJson } from './write-json.js';

const NO_JSON = 'A message must be JSON';

/** JSON in text messages: what a client with no subprotocol speaks. */
export class JsonCodec implements TextEnvelopeCodec {
  readonly name = 'nestwire.v1.json';
  readonly opcode = 'text';

  /** @throws TypeError where `data` holds a BigInt or itself; RangeError for a code or an id that is none. */
  encode(envelope: OutgoingEnvelope): string {
    checkOutgoing(envelope);
    const { userId, code, id, data, error, done, cancel, traceparent } = envelope;
    // JSON.stringify leaves out what is undefined; the order is the one that people read.
    return writeJson({ userId, code, id, data, error, done, cancel, traceparent });
  }

  decode(message: string): DecodedEnvelope {
    const value = parse(message);
    return value === undefined ? malformed(NO_JSON) : validateEnvelope(value);
  }

  decodeReply(message: string): DecodedReply {
    const value = parse(message);
    return value === undefined ? malformed(NO_JSON) : validateReply(value);
  }
}

/** @returns undefined, which JSON has no form for, for what is no JSON. */
function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
