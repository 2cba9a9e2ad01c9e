import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLOSE_CODE_OF_VIOLATION } from '@nestwire/protocol';
import { judge, type Judgement } from './oracle.js';
import { LONG, SEED } from './run-length.js';
import { settledMemory } from './settled-memory.js';
import { randomEdges, randomStream } from './streams.js';
import { Random } from '../payloads.js';
import { openTarget } from '../targets/open-target.js';
import { LIMITS, type Target } from '../targets/target.js';
import type { Peer, Seen } from '../wire/peer.js';

const CONNECTIONS = LONG ? 5_000 : 100;
const AT_A_TIME = 8;
/** Each chunk takes a turn of the event loop; a stream must be through before a closing handshake times out. */
const MOST_CHUNKS = 200;
const MOST_GROWTH_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 300_000;

/** What an echo answers to a stream without compression. */
function echoOf({ events }: Judgement): Seen[] {
  return events.flatMap((event): Seen[] => {
    if (event.kind === 'message') return [{ kind: event.opcode === 1 ? 'text' : 'binary', payload: event.payload }];
    return event.kind === 'ping' ? [{ kind: 'pong', payload: event.payload }] : [];
  });
}

/** The codes that may stand in the answer; `undefined` for an end without one. */
function closeCodesOf({ events, end }: Judgement): (number | undefined)[] {
  if (typeof end !== 'string') return [...end].map((violation) => CLOSE_CODE_OF_VIOLATION[violation]);
  const last = events.at(-1);
  return [last?.kind === 'close' ? last.code : undefined];
}

/** Writes a stream in some chunks, waits for a close frame where one is due, ends, and waits for the other end to. */
async function exchange(peer: Peer, stream: Buffer, edges: readonly number[], isClosed: boolean): Promise<void> {
  let from = 0;
  for (const to of [...edges, stream.length]) {
    peer.sendOctets(stream.subarray(from, to));
    from = to;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (isClosed) await peer.untilClosed();
  await peer.finish();
  await peer.untilTransportEnds();
}

const ENDS: readonly (readonly ['server' | 'client', boolean])[] = [
  ['server', false],
  ['server', true],
  ['client', false],
  ['client', true],
];

describe.each(ENDS)('Random and mutated frames at our %s, compression %s', (name, compression) => {
  let target: Target;

  beforeAll(async () => {
    target = await openTarget(name);
  });

  afterAll(() => target.close());

  it(
    'end in echoes, in a close code that names the violation, and in a clean end of TCP',
    async () => {
      const random = new Random(SEED);
      const opening = compression ? { deflate: [{ clientMaxWindowBits: true as const }] } : {};
      const expectsMask = name === 'server';
      let left = CONNECTIONS;
      let early: number | undefined;
      const work = async (): Promise<void> => {
        while (left-- > 0) {
          const stream = randomStream(random, random.below(8) === 0 ? !expectsMask : expectsMask, compression);
          const edges = randomEdges(random, stream.length).slice(0, MOST_CHUNKS);
          const peer = await target.open(opening);
          const judgement = judge(stream, { ...LIMITS, expectsMask, compression });
          await exchange(peer, stream, edges, judgement.end !== 'open');
          const inflates = judgement.events.some(({ kind }) => kind === 'compressed');
          const told = `seed ${String(SEED)}: ${stream.toString('hex').slice(0, 2000)}`;
          expect({ told, fault: peer.fault, transport: peer.transport }).toEqual({
            told,
            fault: undefined,
            transport: 'ended',
          });
          // Of a compressed message the oracle can't tell what it will be.
          if (!inflates) {
            const echo = echoOf(judgement);
            // What is still being compressed is not owed to an end that broke a rule, or that left without a word.
            const complete = peer.seen.length === echo.length || (compression && judgement.end !== 'closed');
            const right = peer.seen.every(
              ({ kind, payload }, i) => kind === echo[i]?.kind && payload.equals(echo[i].payload),
            );
            expect({ told, complete, right }).toEqual({ told, complete: true, right: true });
            expect({ told, codes: closeCodesOf(judgement) }).toEqual({
              told,
              codes: expect.arrayContaining([peer.closed?.code]) as unknown,
            });
          } else if (peer.closed !== undefined) {
            expect([...closeCodesOf(judgement), 1007, 1009]).toContain(peer.closed.code);
          }
          peer.destroy();
          if (LONG && left === Math.floor((CONNECTIONS * 3) / 4)) early = settledMemory();
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, work));
      if (early !== undefined) expect(settledMemory() - early).toBeLessThan(MOST_GROWTH_BYTES);
    },
    TIMEOUT_MS,
  );
});
