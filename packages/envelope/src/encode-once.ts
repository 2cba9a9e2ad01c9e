import type { OutgoingEnvelope } from './envelope.js';
import type { EnvelopeCodec } from './envelope-codec.js';

/**
 * One envelope for many connections: encoded once for each codec that is among them, and only when the first asks.
 *
 * ```ts
 * const message = new EncodeOnce({ code: 1001, data });
 * for (const client of clients) client.send(message.as(client.codec));
 * ```
 */
export class EncodeOnce {
  private readonly messages = new Map<EnvelopeCodec, string | Uint8Array>();

  constructor(private readonly envelope: OutgoingEnvelope) {}

  /** @throws what the codec's `encode` throws. */
  as(codec: EnvelopeCodec): string | Uint8Array {
    let message = this.messages.get(codec);
    if (message === undefined) this.messages.set(codec, (message = codec.encode(this.envelope)));
    return message;
  }
}
