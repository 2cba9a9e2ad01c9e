import { NEVER_READS } from './codes.js';
import { FLOWS, type Report } from './swarm/books.js';
import type { Kills } from './server/crowd.js';
import { AFTER_STALL } from './swarm/never-reader.js';
import type { Footprint } from '../footprint/footprint.js';
import { growthOf, isLeak, LIMITS } from '../footprint/growth.js';

/** What a soak has brought to light. */
export interface Findings {
  /** How many connections were to be open at a time. */
  readonly connections: number;
  /** How many were, at most. */
  readonly peak: number;
  readonly report: Report;
  readonly kills: Kills;
  /** Lines of the server's log that say that something went wrong. */
  readonly errors: number;
  /** How often connections ended, as the server has it, by close code and cause. */
  readonly endings: Readonly<Record<string, number>>;
  /** The longest time in which the server's event loop did not get on, in milliseconds. */
  readonly stallMs: number;
  /** Why it came to an end before its time, if it did: then nothing is known of what the server holds. */
  readonly brokenOff?: string | undefined;
  /** After the warm-up, the first half and the second; `undefined` where connections were left. */
  readonly footprints: readonly (Footprint | undefined)[];
}

const SILENT = 'never reads: silent';
/** From a second on the server begins anew with what it waits for; its wheel is a tick late besides, and the measure is one of samples. */
const STALLED_MS = 800;
/** As the server has one that answered no ping. */
const PING_TIMEOUT = '1006 ping-timeout';

/** At any moment some are between two connections. */
const REACHED = 0.8;
/**
 * The allocator keeps some of what the busiest moment took, and one half's may be busier than the other's. What leaks grows with the
 * connections that come and go, which are many times those that are open; and on the heap it has to be far less.
 */
const RESIDENT_BYTES_PER_CONNECTION = 4096;
/** The engine keeps 64 buffers of 16 KiB for what connections send, once so many were in use in one turn; `external` counts them twice. */
const POOLED_BYTES = 2 * 64 * 16 * 1024;
const KILLED = '4003';
const DROPPED = '1006';
const GREEDY_DROPPED = 'dropped';

/** Why the soak has failed; nothing, where it has not. */
export function failuresOf(findings: Findings): string[] {
  const { brokenOff } = findings;
  const failures = [...ofMessages(findings.report), ...ofConnections(findings), ...ofSilence(findings)];
  return brokenOff === undefined ? [...failures, ...ofMemory(findings)] : [brokenOff, ...failures];
}

function ofMessages({ tallies, stalls, problems }: Report): string[] {
  const failures: string[] = [];
  for (const flow of FLOWS) {
    const { delivered, lost, duplicated, reordered, corrupt } = tallies[flow];
    if (delivered === 0) failures.push(`${flow}: nothing was delivered, so nothing was tried`);
    if (lost > 0) failures.push(`${flow}: ${String(lost)} lost`);
    if (duplicated > 0) failures.push(`${flow}: ${String(duplicated)} duplicated`);
    if (reordered > 0) failures.push(`${flow}: ${String(reordered)} out of order`);
    if (corrupt > 0) failures.push(`${flow}: ${String(corrupt)} are not what was sent`);
  }
  if (stalls > 0) failures.push(`${String(stalls)} requests of well-behaved clients were unanswered for more than 5 s`);
  for (const [problem, times] of Object.entries(problems)) failures.push(`${String(times)}× ${problem}`);
  return failures;
}

function ofConnections({ connections, peak, report, kills, errors }: Findings): string[] {
  const failures: string[] = [];
  if (peak < REACHED * connections) {
    failures.push(`no more than ${String(peak)} of ${String(connections)} connections were open at a time`);
  }
  const { [KILLED]: closed = 0, [DROPPED]: dropped = 0, ...others } = report.cutOff;
  const killed = kills.terminated + kills.disconnected;
  // One that is told and does not read in time is dropped: those may be more, the others not.
  if (closed + dropped !== killed || closed > kills.disconnected) {
    failures.push(
      `${String(kills.disconnected)} well-behaved connections were closed and ${String(kills.terminated)} terminated by the server's kills, ` +
        `and ${String(closed)} saw ${KILLED} and ${String(dropped)} the end without a close frame`,
    );
  }
  for (const [code, times] of Object.entries(others)) {
    failures.push(`${String(times)} well-behaved connections were closed with ${code}, and nobody had killed them`);
  }
  const greedy = report.outcomes[NEVER_READS.greedy]?.[GREEDY_DROPPED] ?? 0;
  if (greedy > kills.slowConsumers) {
    failures.push(
      `${String(greedy)} that never read and went on asking are gone, and ${String(kills.slowConsumers)} were closed for it`,
    );
  }
  if (errors > 0) failures.push(`${String(errors)} errors in the server's log`);
  return failures;
}

/** A server that has stood still bears with those that are silent for longer; then a ping may find out first. */
function ofSilence({ report, endings, stallMs }: Findings): string[] {
  const { [AFTER_STALL.late]: late = 0, [AFTER_STALL.pingTimeout]: dropped = 0 } = report.outcomes[SILENT] ?? {};
  if (late + dropped > 0 && stallMs < STALLED_MS) {
    return [`${String(late + dropped)} that were silent were not closed in time, though the server never stood still`];
  }
  const noPong = endings[PING_TIMEOUT] ?? 0;
  if (dropped <= noPong) return [];
  return [`${String(dropped)} that were silent were dropped, and ${String(noPong)} for the lack of a pong`];
}

function ofMemory({ footprints: [first, half, last], connections }: Findings): string[] {
  if (first === undefined || half === undefined || last === undefined) {
    return ['the server still holds connections, long after all clients have gone'];
  }
  const footprints = { first, half, last };
  const limits = {
    ...LIMITS,
    external: LIMITS.external + POOLED_BYTES,
    resident: LIMITS.resident + connections * RESIDENT_BYTES_PER_CONNECTION,
  };
  return isLeak(footprints, limits) ? [`a leak: ${growthOf(footprints)}`] : [];
}

/** What has grown, leak or not, where it is known. */
export function growthLine({ footprints: [first, half, last] }: Findings): string {
  if (first === undefined || half === undefined || last === undefined) return 'grown: not known';
  return `grown: ${growthOf({ first, half, last })} (resident since half, all else since the start)`;
}
