import type { ClientsReport } from './clients.js';
import type { Seen } from './probe.js';
import type { ServerCounts } from './server-protocol.js';

/** What a drain has brought to light. */
export interface DrainFindings {
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly connections: number;
  readonly clients: ClientsReport;
  readonly seen: Seen;
  /** `undefined` where the server ended without a word. */
  readonly counts: ServerCounts | undefined;
  /** By what the process ended: the signal, once Nest's hooks have run; or a code. */
  readonly endedBy: string;
  /** From the signal to the end of the process, in milliseconds. */
  readonly tookMs: number;
}

export const CLOSE_CODE = { SIGTERM: 1012, SIGINT: 1001 } as const;

/** The options' defaults together: batches, handlers at work, closing handshakes; and some more for the process itself. */
const DEADLINE_MS = 10_000 + 5000 + 5000 + 2000;

/** Clients that all came back in the same tenth of the time would not be spread. */
const LEAST_SPREAD = 0.5;

/** Why the drain has failed; nothing, where it has not. */
export function drainFailures(findings: DrainFindings): string[] {
  const { signal, clients, counts, endedBy, tookMs } = findings;
  const failures = [...ofEndings(findings), ...ofNewcomers(findings.seen)];
  if (counts === undefined) return [...failures, `the server ended by ${endedBy} without running its hooks`];
  if (clients.wrong > 0) failures.push(`${String(clients.wrong)} answers were not what came next`);
  if (clients.answered === 0) failures.push('nothing was answered, so nothing was tried');
  if (counts.accepted !== clients.answered || counts.handled !== counts.accepted) {
    const { accepted, handled } = counts;
    failures.push(
      `${String(accepted)} requests were accepted, ${String(handled)} handled, ${String(clients.answered)} answered`,
    );
  }
  if (counts.disconnected !== findings.connections) {
    failures.push(`handleDisconnect ran to its end for ${String(counts.disconnected)}`);
  }
  if (endedBy !== signal) failures.push(`the process ended by ${endedBy}, not by ${signal}`);
  if (tookMs > DEADLINE_MS) failures.push(`the end took ${String(Math.round(tookMs))} ms`);
  return failures;
}

function ofEndings({ signal, connections, clients }: DrainFindings): string[] {
  const failures: string[] = [];
  const code = CLOSE_CODE[signal];
  const { [String(code)]: told = 0, ...others } = clients.byCode;
  if (clients.open > 0) failures.push(`${String(clients.open)} connections were left open`);
  for (const [other, times] of Object.entries(others)) failures.push(`${String(times)} clients saw ${other}`);
  if (told !== connections)
    failures.push(`${String(told)} of ${String(connections)} clients were told ${String(code)}`);
  if (clients.unclean > 0) failures.push(`${String(clients.unclean)} connections did not end cleanly`);
  if (signal === 'SIGTERM') failures.push(...ofReturns(clients.retryAfter, connections));
  return failures;
}

function ofReturns(retryAfter: readonly number[], connections: number): string[] {
  if (retryAfter.length !== connections) return [`${String(retryAfter.length)} clients were told when to come back`];
  const least = Math.min(...retryAfter);
  const most = Math.max(...retryAfter);
  return most - least >= LEAST_SPREAD * most ? [] : [`all come back between ${String(least)} and ${String(most)} ms`];
}

function ofNewcomers({ upgrades, ready, withoutRetryAfter, letInLater }: Seen): string[] {
  const failures: string[] = [];
  if (upgrades['503'] === undefined) failures.push('no newcomer was told 503');
  if (withoutRetryAfter > 0) failures.push(`${String(withoutRetryAfter)} newcomers were not told when to come back`);
  if (letInLater > 0) failures.push(`${String(letInLater)} newcomers were let in behind one that was refused`);
  if (ready['200'] === undefined || ready['503'] === undefined) failures.push('readiness did not turn');
  for (const status of Object.keys(upgrades)) {
    if (!['101', '503', 'none'].includes(status)) failures.push(`newcomers saw ${status}`);
  }
  return failures;
}
