import { JsonCodec } from '@nestwire/envelope';
import { bench, do_not_optimize } from 'mitata';
import { payloadOf } from '../messages/message-shape.js';

/** An envelope of 120 bytes, as the gateways' echo has it. */
export function benchCodec(): void {
  const codec = new JsonCodec();
  const text = payloadOf({ form: { kind: 'envelope', code: 1001 }, bytes: 120 }, 1).toString();
  const decoded = codec.decode(text);
  if (!decoded.ok) throw new Error(decoded.malformed.problem);
  const { userId, code, data } = decoded.envelope;
  bench('JSON codec: decode 120 B', () => do_not_optimize(codec.decode(text)));
  bench('JSON codec: encode 120 B', () => do_not_optimize(codec.encode({ userId, code, data })));
}
