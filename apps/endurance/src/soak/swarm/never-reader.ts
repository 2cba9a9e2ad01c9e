import { setTimeout as delay } from 'node:timers/promises';
import { NestwireCloseCode } from '@nestwire/nestjs';
import { JSON_BY_DEFAULT } from './dialect.js';
import { RawLink } from './raw-link.js';
import type { SwarmContext } from './swarm-context.js';
import { Code, NEVER_READS } from '../codes.js';

/** The server's time-out of silence and that of its closing handshake, and some more. */
const SILENT_FOR_MS = 36_000;
/** And how long it may take to read then what has come meanwhile. */
const READ_WITHIN_MS = 5000;
/**
 * And how much longer the end may take where the server's process stood still for a second just when it was due: what had come could not have
 * been read, so that the whole time-out begins anew.
 */
const LATE_WITHIN_MS = 25_000;
/** What a silent one comes to then, for the answer to a ping may be missing before; whether the server did stand still, the verdict asks. */
export const AFTER_STALL = {
  late: `closed with ${String(NestwireCloseCode.Silent)}, late`,
  pingTimeout: 'closed with 1006',
} as const;
/** How long the server may bear with one that asks and does not read. */
const GREEDY_FOR_MS = 60_000;
const PAD = 'x'.repeat(50_000);
const ASKS_EVERY_MS = 50;

/**
 * Never reads. A silent one says nothing more either, so that its silence ends it; a greedy one goes on asking for much, so that what waits
 * for it does. A socket that is not read shows no end: the greedy one's writes fail, the silent one looks when it must be over.
 */
export class NeverReader {
  constructor(
    private readonly context: SwarmContext,
    private readonly kind: 'silent' | 'greedy',
  ) {}

  async run(): Promise<void> {
    const { context, kind } = this;
    const expected = kind === 'silent' ? `closed with ${String(NestwireCloseCode.Silent)}` : 'dropped';
    while (!context.ending) {
      try {
        const outcome = await this.live();
        if (outcome === undefined) return;
        context.books.outcome(NEVER_READS[kind], outcome);
        if (outcome !== expected && !isAfterStall(kind, outcome))
          context.books.problem(`one that never reads (${kind}) came to: ${outcome}`);
      } catch (error) {
        context.books.problem(`one that never reads (${kind}): ${String(error)}`);
      }
      await delay(context.random.between(100, 2000));
    }
  }

  /** @returns `undefined` where the swarm came to an end before it. */
  private async live(): Promise<string | undefined> {
    const { context, kind } = this;
    const { books } = context;
    let closeCode: number | undefined;
    const onEnd = (code: number): void => void (closeCode = code);
    const link = await context.opening(() =>
      RawLink.open(context.target(kind), { onMessage: () => undefined, onEnd }, context.random),
    );
    link.mute = true;
    link.pause();
    books.opened++;
    books.open++;
    const message = JSON_BY_DEFAULT.encode({ code: Code.Echo, data: { n: 0, pad: PAD } });
    const until = performance.now() + (kind === 'silent' ? SILENT_FOR_MS : GREEDY_FOR_MS);
    const goesOn = (): boolean => closeCode === undefined && !context.ending;
    while (goesOn() && performance.now() < until) {
      await delay(ASKS_EVERY_MS);
      // What the server does not take waits here, and need not grow.
      if (kind === 'greedy' && link.socket.writableLength < PAD.length) link.send(message);
    }
    const inTime = until + READ_WITHIN_MS;
    if (kind === 'silent') {
      link.resume();
      while (goesOn() && performance.now() < inTime + LATE_WITHIN_MS) await delay(ASKS_EVERY_MS);
    }
    const isLate = performance.now() >= inTime;
    books.open--;
    link.socket.destroy();
    if (closeCode === undefined) return context.ending ? undefined : 'nothing';
    if (kind === 'greedy') return 'dropped';
    return isLate && closeCode === NestwireCloseCode.Silent ? AFTER_STALL.late : `closed with ${String(closeCode)}`;
  }
}

function isAfterStall(kind: 'silent' | 'greedy', outcome: string): boolean {
  return kind === 'silent' && Object.values<string>(AFTER_STALL).includes(outcome);
}
