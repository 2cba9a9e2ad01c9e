import { aCase, binaryMessage, type ConformanceCase, textMessage } from '../conformance-case.js';
import { BINARY, fragments, TEXT } from '../wire/frame.js';

const SIZE = 65_536;
const FRAGMENT_SIZES = [1300, 1, 125, 126, 127, 65_535, 65_536];

/** What a sender that cuts its messages into frames of one size sends. */
export const AUTO_FRAGMENTATION: readonly ConformanceCase[] = [TEXT, BINARY].flatMap((opcode, group) =>
  FRAGMENT_SIZES.map((size, i) => {
    const payload = Buffer.alloc(SIZE, opcode === TEXT ? 'Größe ' : Buffer.of(0xff, 0, 0x7f));
    if (opcode === TEXT) payload.fill('.', SIZE - (SIZE % 8));
    return aCase(
      `10.${String(group + 1)}.${String(i + 1)}`,
      `a ${opcode === TEXT ? 'text' : 'binary'} message of ${String(SIZE)} bytes, auto-fragmented at ${String(size)}`,
      (peer) => peer.sendMany(fragments(opcode, payload, size)),
      [opcode === TEXT ? textMessage(payload) : binaryMessage(payload)],
    );
  }),
);
