import { applyMask } from '@nestwire/protocol';
import { bench, do_not_optimize } from 'mitata';

const KEY = 0x3d21fa37;

/** The mask on and off, where it lies. RFC 6455 §5.3. */
export function benchMask(): void {
  for (const [name, length] of [
    ['64 B', 64],
    ['1 KiB', 1024],
    ['64 KiB', 65_536],
  ] as const) {
    const bytes = Buffer.alloc(length + 3, 'a');
    // At an odd place, as behind a header.
    bench(`unmask: ${name}`, () => do_not_optimize(applyMask(bytes, 3, 3 + length, KEY)));
  }
}
