import { binaryMessage, closes, type ConformanceCase, textMessage } from '../conformance-case.js';
import { cut, type PayloadKind } from '../payloads.js';
import { BINARY, TEXT } from '../wire/frame.js';
import type { Opening } from '../wire/opening.js';
import type { Seen } from '../wire/peer.js';

/** How much is sent in each case: the whole, or as much as a test that runs all the time can afford. */
export type Effort = 'full' | 'short';

const MOST_BYTES: Readonly<Record<Effort, number>> = { full: 2 * 1024 * 1024, short: 64 * 1024 };
const MOST_MESSAGES: Readonly<Record<Effort, number>> = { full: 1000, short: 20 };
const LEAST_MESSAGES: Readonly<Record<Effort, number>> = { full: 16, short: 3 };

/** Messages on their way at a time. */
const IN_FLIGHT = 8;

/** Size of a message, and of its fragments: the public suite's, in its order. */
export const COMPRESSED_SIZES: readonly (readonly [size: number, fragmentBytes: number])[] = [
  [16, Infinity],
  [64, Infinity],
  [256, Infinity],
  [1024, Infinity],
  [4096, Infinity],
  [8192, Infinity],
  [16_384, Infinity],
  [32_768, Infinity],
  [65_536, Infinity],
  [131_072, Infinity],
  [8192, 256],
  [16_384, 256],
  [32_768, 256],
  [65_536, 256],
  [131_072, 256],
  [131_072, 1024],
  [131_072, 4096],
  [131_072, 32_768],
];

/** One case a size: messages of one kind, compressed, sent and echoed. */
export function compressedEcho(
  group: string,
  title: string,
  opening: Opening,
  kind: PayloadKind,
  effort: Effort,
): ConformanceCase[] {
  return COMPRESSED_SIZES.map(([size, fragmentBytes], i) => {
    const count = Math.max(
      LEAST_MESSAGES[effort],
      Math.min(MOST_MESSAGES[effort], Math.floor(MOST_BYTES[effort] / size)),
    );
    const fragmented = fragmentBytes === Infinity ? '' : `, auto-fragmented at ${String(fragmentBytes)}`;
    return {
      id: `${group}.${String(i + 1)}`,
      title: `${title}, messages of ${String(size)} bytes${fragmented}`,
      opening,
      expected: () =>
        Array.from({ length: count }, (_, n): Seen => {
          const message = cut(kind, size, n);
          return kind.binary ? binaryMessage(message) : textMessage(message);
        }),
      script: async (peer) => {
        for (let n = 0; n < count; n++) {
          await peer.until(n - IN_FLIGHT + 1);
          await peer.sendMessage(kind.binary ? BINARY : TEXT, cut(kind, size, n), fragmentBytes);
        }
      },
      end: closes,
    };
  });
}
