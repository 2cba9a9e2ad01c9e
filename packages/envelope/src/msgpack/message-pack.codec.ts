import { Decoder, Encoder } from '@msgpack/msgpack';
import type { DecodedEnvelope, DecodedReply, OutgoingEnvelope } from '../envelope.js';
import type { BinaryEnvelopeCodec } from '../envelope-codec.js';
import { checkOutgoing, malformed, validateEnvelope, validateReply } from '../validate-envelope.js';
import { isSoundMessagePack, MAX_DEPTH } from './sound-message-pack.js';
import { plainValue } from './plain-value.js';

/** An encoder that has grown past this for one message is not kept for the next. */
const KEPT_BYTES = 64 * 1024;

const NOT_SOUND = 'A message must be one MessagePack map of plain values';

/**
 * MessagePack in binary messages. What JSON has a form for arrives as it does by {@link JsonCodec}; bytes (a Uint8Array,
 * another view, an ArrayBuffer) arrive as a Uint8Array, a view of the message. There are no extension types, and so no timestamps: a Date is a string,
 * as in JSON. 128 levels deep at most.
 */
export class MessagePackCodec implements BinaryEnvelopeCodec {
  readonly name = 'nestwire.v1.msgpack';
  readonly opcode = 'binary';

  private encoder = newEncoder();
  private readonly decoder = new Decoder();

  /** @throws TypeError where `data` holds a BigInt; RangeError where it is too deep, for a code or an id that is none. */
  encode(envelope: OutgoingEnvelope): Uint8Array {
    checkOutgoing(envelope);
    const { userId, code, id, data, error, done, cancel, traceparent } = envelope;
    const message = this.encoder.encode({
      userId,
      code,
      id,
      // The envelope itself is the first level.
      data: plainValue(data, 'data', 1),
      error: plainValue(error, 'error', 1),
      done,
      cancel,
      traceparent,
    });
    // It never gives back what it has grown by.
    if (message.length > KEPT_BYTES) this.encoder = newEncoder();
    return message;
  }

  decode(message: Uint8Array): DecodedEnvelope {
    const value = this.parse(message);
    return value === undefined ? malformed(NOT_SOUND) : validateEnvelope(value);
  }

  decodeReply(message: Uint8Array): DecodedReply {
    const value = this.parse(message);
    return value === undefined ? malformed(NOT_SOUND) : validateReply(value);
  }

  /** @returns undefined, which MessagePack has no form for, for what is none. */
  private parse(message: Uint8Array): unknown {
    // The library takes a container's declared length at its word, and allocates.
    if (!isSoundMessagePack(message)) return undefined;
    try {
      return this.decoder.decode(plainBytes(message));
    } catch {
      return undefined;
    }
  }
}

function newEncoder(): Encoder {
  // A scalar within the deepest container counts as one level more.
  return new Encoder({ ignoreUndefined: true, maxDepth: MAX_DEPTH + 1 });
}

/** Node's Buffers beget Buffers, which JSON writes in a form of its own: bytes in `data` are Uint8Arrays everywhere. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
