import { describe, expect, it } from '@jest/globals';
import { JsonCodec, type OutgoingEnvelope } from '@nestwire/envelope';
import { PreparedEnvelope } from './prepared-envelope.js';

describe('PreparedEnvelope', () => {
  it('is encoded once for each format, when it is first asked for', () => {
    const encoded: string[] = [];
    class Counting extends JsonCodec {
      constructor(private readonly title: string) {
        super();
      }

      override encode(envelope: OutgoingEnvelope): string {
        encoded.push(this.title);
        return super.encode(envelope);
      }
    }
    const [a, b] = [new Counting('a'), new Counting('b')];
    const envelope = new PreparedEnvelope({ code: 1, data: 'x' });
    expect(encoded).toEqual([]);
    const message = envelope.as(a);
    expect([envelope.as(a), envelope.as(b) === message, envelope.as(b) === envelope.as(b)]).toEqual([
      message,
      false,
      true,
    ]);
    expect(encoded).toEqual(['a', 'b']);
  });
});
