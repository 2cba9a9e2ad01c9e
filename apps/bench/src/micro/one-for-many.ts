import { PreparedMessage } from '@nestwire/engine';
import { EncodeOnce, JsonCodec } from '@nestwire/envelope';
import { bench, do_not_optimize } from 'mitata';

const RECIPIENTS = 500;

/** A message for 500, and what it would be to make it anew for each. */
export function benchPrepared(): void {
  const codec = new JsonCodec();
  const envelope = { code: 2001, data: { price: 101.25, text: 'tick '.repeat(40) } };
  bench('EncodeOnce: for 500', () => {
    const message = new EncodeOnce(envelope);
    let length = 0;
    for (let i = 0; i < RECIPIENTS; i++) length += message.as(codec).length;
    return do_not_optimize(length);
  });
  bench('encode: for 500, each anew', () => {
    let length = 0;
    for (let i = 0; i < RECIPIENTS; i++) length += codec.encode(envelope).length;
    return do_not_optimize(length);
  });
  const text = codec.encode(envelope);
  bench('PreparedMessage: 256 B', () => do_not_optimize(new PreparedMessage(text)));
}
