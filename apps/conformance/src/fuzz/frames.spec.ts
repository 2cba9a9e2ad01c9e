import { describe, expect, it } from '@jest/globals';
import { Violation } from '@nestwire/protocol';
import { judge, type Rules } from './oracle.js';
import { difference, parseChunks } from './parse-chunks.js';
import { settledMemory } from './settled-memory.js';
import { randomEdges, randomStream } from './streams.js';
import { LONG, SEED } from './run-length.js';
import { Random } from '../payloads.js';

/** Frames that the oracle reads, for each of the four; over a million in all in the long form. */
const FRAMES = LONG ? 500_000 : 6_000;

const MOST_GROWTH_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 300_000;

describe.each([
  ['a server', true, false],
  ['a server with compression', true, true],
  ['a client', false, false],
  ['a client with compression', false, true],
])('Random and mutated frames at the parser of %s', (_, expectsMask, compression) => {
  it(
    'end in a message or a named violation, the one that an independent reader names',
    () => {
      const random = new Random(SEED);
      let frames = 0;
      let early: number | undefined;
      const named = new Set<Violation>();
      for (let round = 0; frames < FRAMES; round++) {
        const rules: Rules = {
          expectsMask,
          compression,
          maxMessageBytes: random.pick([0, 100, 1000, 65_536, 1024 * 1024]),
          maxFragments: random.pick([1, 3, 1024]),
        };
        // One in five streams comes from an end that masks the wrong way.
        const stream = randomStream(random, random.below(5) === 0 ? !expectsMask : expectsMask, compression);
        const judgement = judge(stream, rules);
        frames += judgement.frames;
        if (typeof judgement.end !== 'string' && judgement.end.size === 1)
          for (const each of judgement.end) named.add(each);
        for (const edges of [[], randomEdges(random, stream.length)]) {
          const wrong = difference(parseChunks(stream, edges, rules, random.below(4)), judgement, stream.length);
          if (wrong === undefined) continue;
          throw new Error(
            `${wrong} (seed ${String(SEED)}, round ${String(round)}, ${JSON.stringify(rules)}, ` +
              `edges ${edges.join()}): ${stream.toString('hex')}`,
          );
        }
        if (LONG && early === undefined && frames > FRAMES / 4) early = settledMemory();
      }
      // Every rule of the parser's was broken at least once by itself: what was never tried was not tested.
      const others: readonly Violation[] = [
        expectsMask ? Violation.MaskedFrame : Violation.UnmaskedFrame,
        Violation.InvalidCompressedData,
      ];
      const all: readonly Violation[] = Object.values(Violation);
      expect([...named].sort()).toEqual(all.filter((violation) => !others.includes(violation)).sort());
      if (early !== undefined) expect(settledMemory() - early).toBeLessThan(MOST_GROWTH_BYTES);
    },
    TIMEOUT_MS,
  );
});
