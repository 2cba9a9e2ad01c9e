import { type DecodedEnvelope, type EnvelopeCodec, malformed, type OutgoingEnvelope } from '@nestwire/envelope';

/** Who hears of what nobody expected. */
export interface Reporter {
  reportUnexpected(exception: unknown): void;
}

/** What went wrong must be said, whatever the application has put into its details. */
export function encode(codec: EnvelopeCodec, envelope: OutgoingEnvelope, reporter: Reporter): string | Uint8Array {
  try {
    return codec.encode(envelope);
  } catch (exception) {
    if (envelope.error?.details === undefined) throw exception;
    reporter.reportUnexpected(exception);
    const { status, message } = envelope.error;
    return codec.encode({ ...envelope, error: { status, message } });
  }
}

/** A codec must not throw on what a peer sends; one that does must not end the process. */
export function decode(codec: EnvelopeCodec, message: string | Uint8Array, reporter: Reporter): DecodedEnvelope {
  try {
    return codec.opcode === 'text' ? codec.decode(message as string) : codec.decode(message as Uint8Array);
  } catch (exception) {
    reporter.reportUnexpected(exception);
    return malformed('A message could not be read');
  }
}
