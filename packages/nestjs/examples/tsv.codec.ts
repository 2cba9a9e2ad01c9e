import { checkOutgoing, malformed, validateEnvelope, validateReply } from '@nestwire/envelope';
import type { DecodedEnvelope, DecodedReply, OutgoingEnvelope, TextEnvelopeCodec } from '@nestwire/envelope';

const COLUMNS = ['userId', 'code', 'id', 'data', 'error', 'done', 'cancel', 'traceparent'] as const;

/** One line a message, one column a field, JSON in each: `10001⇥1001⇥7⇥{"text":"hi"}`. */
export class TsvCodec implements TextEnvelopeCodec {
  readonly name = 'acme.v1.tsv';
  readonly opcode = 'text';

  encode(envelope: OutgoingEnvelope): string {
    checkOutgoing(envelope);
    try {
      return COLUMNS.map((column) => JSON.stringify(envelope[column]) ?? '').join('\t');
    } catch (cause) {
      throw new TypeError('data has no form in a column: send what JSON can write', { cause });
    }
  }

  decode(message: string): DecodedEnvelope {
    const fields = parse(message);
    return fields === undefined ? malformed('A message must be columns of JSON') : validateEnvelope(fields);
  }

  decodeReply(message: string): DecodedReply {
    const fields = parse(message);
    return fields === undefined ? malformed('A message must be columns of JSON') : validateReply(fields);
  }
}

/** Never throws: what a peer sends may be anything. */
function parse(message: string): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {};
  try {
    for (const [index, cell] of message.split('\t', COLUMNS.length).entries()) {
      const column = COLUMNS[index];
      if (column !== undefined && cell !== '') fields[column] = JSON.parse(cell);
    }
    return fields;
  } catch {
    return undefined;
  }
}
