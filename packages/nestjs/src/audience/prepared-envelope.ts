import { PreparedMessage } from '@nestwire/engine';
import type { EnvelopeCodec, OutgoingEnvelope } from '@nestwire/envelope';

/** One envelope for many clients: encoded, framed and deflated once for each format that is among them. */
export class PreparedEnvelope {
  private readonly messages = new Map<EnvelopeCodec, PreparedMessage>();

  constructor(private readonly envelope: OutgoingEnvelope) {}

  /** @throws what the codec's `encode` throws. */
  as(codec: EnvelopeCodec): PreparedMessage {
    let message = this.messages.get(codec);
    if (message === undefined) {
      message = new PreparedMessage(codec.encode(this.envelope));
      this.messages.set(codec, message);
    }
    return message;
  }
}
