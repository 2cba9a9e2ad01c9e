import type { ConformanceCase } from './conformance-case.js';
import type { Target } from './targets/target.js';
import { close } from './wire/frame.js';
import type { Peer, Seen } from './wire/peer.js';

/** What became of a case. */
export type Outcome = 'ok' | `failed: ${string}`;

/** A case that takes longer hangs. */
const DEADLINE_MS = 20_000;

/** Runs one case on a connection of its own. */
export async function runCase(given: ConformanceCase, target: Target): Promise<Outcome> {
  const deadline = new Deadline(DEADLINE_MS);
  let peer: Peer | undefined;
  try {
    const expected = given.expected();
    peer = await deadline.before(target.open(given.opening));
    await deadline.before(play(given, expected, peer));
    return judge(given, expected, peer);
  } catch (error) {
    const state = peer === undefined ? '' : `; ${describeState(peer)}`;
    return `failed: ${error instanceof Error ? error.message : String(error)}${state}`;
  } finally {
    deadline.clear();
    peer?.destroy();
  }
}

async function play({ script, end }: ConformanceCase, expected: readonly Seen[], peer: Peer): Promise<void> {
  await script(peer);
  if (end.by === 'closing') {
    await peer.until(expected.length);
    peer.send(close(1000));
  }
  // Anything unexpected settles the case as well.
  await peer.until(expected.length + 1);
  if (peer.seen.length > expected.length) return;
  if (peer.role === 'server') {
    // A server under RFC 6455 §7.1.1 ends TCP first, behind its close frame.
    if (end.by === 'failed') peer.send(close(peer.closed?.code === 1005 ? 1000 : (peer.closed?.code ?? 1000)));
    await peer.finish();
  } else {
    await peer.untilTransportEnds();
    await peer.finish();
  }
  await peer.untilTransportEnds();
}

function judge({ end, opening }: ConformanceCase, expected: readonly Seen[], peer: Peer): Outcome {
  if (peer.fault !== undefined) return `failed: the other end ${peer.fault}`;
  if (!sameEvents(peer.seen, expected)) {
    return `failed: expected ${describe(expected)}; got ${describe(peer.seen)}, ${describeState(peer)}`;
  }
  if (peer.closed === undefined) return `failed: no close frame, transport ${peer.transport}`;
  if (peer.closed.code !== end.code) {
    return `failed: expected the close code ${String(end.code)}, got ${String(peer.closed.code)}`;
  }
  if (peer.transport !== 'ended') return `failed: the transport was ${peer.transport}`;
  if (opening.deflate !== undefined && opening.ownTerms !== true && peer.uncompressed > 0) {
    return `failed: ${String(peer.uncompressed)} messages were not compressed`;
  }
  return 'ok';
}

function sameEvents(got: readonly Seen[], expected: readonly Seen[]): boolean {
  return (
    got.length === expected.length &&
    got.every(({ kind, payload }, i) => kind === expected[i]?.kind && payload.equals(expected[i].payload))
  );
}

/** Events in few words: the report is for people, and is committed. */
function describe(events: readonly Seen[]): string {
  const words = events.slice(0, 5).map(({ kind, payload }) => `${kind} of ${String(payload.length)} B`);
  if (events.length > words.length) words.push(`${String(events.length - words.length)} more`);
  return `[${words.join(', ')}]`;
}

function describeState({ closed, transport }: Peer): string {
  return `${closed === undefined ? 'no close frame' : `closed with ${String(closed.code)}`}, transport ${transport}`;
}

/** Time runs out once for the whole case. */
class Deadline {
  private readonly timer: NodeJS.Timeout;
  private expire: (error: Error) => void = () => undefined;
  private readonly expired = new Promise<never>((_, reject) => (this.expire = reject));

  constructor(ms: number) {
    this.timer = setTimeout(() => this.expire(new Error('no outcome in time')), ms);
    this.expired.catch(() => undefined);
  }

  before<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.expired]);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}
