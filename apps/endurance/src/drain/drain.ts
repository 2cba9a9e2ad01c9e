import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientsQuestion, ClientsReport } from './clients.js';
import { parseDrainOptions } from './options.js';
import { Probe } from './probe.js';
import { type ServerCounts, type ServerSays, WORK } from './server-protocol.js';
import { type DrainFindings, drainFailures } from './verdict.js';
import { Child } from '../soak/child.js';
import { descriptorsProblem, openFilesLimit } from '../soak/options.js';
import { table } from '../soak/tables.js';

/*
 * npm run drain -- [--connections 5000] [--rate 4000] [--seconds 5]
 *
 * A Nest application in a process of its own, so many clients that ask so many times a second, and then a signal: SIGTERM the first
 * time, SIGINT the second. Ends with 1 where anybody saw 1006, or anything that was accepted had no answer.
 */

const options = parseDrainOptions(process.argv.slice(2));
const limits = process.platform === 'linux' ? openFilesLimit(readFileSync('/proc/self/limits', 'latin1')) : Infinity;
const problem = descriptorsProblem(options.connections, limits);
if (problem !== undefined) {
  console.error(problem);
  process.exit(2);
}

/** Longer than all of the server's own deadlines together. */
const PATIENCE_MS = 40_000;

let failed = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  const findings = await drain(signal);
  const failures = drainFailures(findings);
  console.log(`\n${signal}\n${tableOf(findings)}`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  failed ||= failures.length > 0;
}
if (!failed) console.log('\nNobody saw 1006, and nothing that was accepted is unanswered');
process.exitCode = failed ? 1 : 0;

async function drain(signal: DrainFindings['signal']): Promise<DrainFindings> {
  const { connections, rate, seconds } = options;
  const server = fork(new URL('./server.js', import.meta.url), { execArgv: [] });
  const gone = once(server, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  let counts: ServerCounts | undefined;
  server.on('message', (said: ServerSays) => {
    if ('counts' in said) counts = said.counts;
  });
  const clients = new Child<ClientsQuestion, ClientsReport>('the clients', new URL('./clients.js', import.meta.url));
  try {
    await clients.ask({ ask: 'connect', port, connections, code: WORK });
    await clients.ask({ ask: 'begin', rate });
    const probe = new Probe(port);
    await delay(seconds * 1000);
    const at = performance.now();
    server.kill(signal);
    const ending = await Promise.race([gone, delay(PATIENCE_MS, undefined, { ref: false })]);
    const tookMs = performance.now() - at;
    const report = await clients.ask({ ask: 'end', withinMs: 1000 });
    const seen = await probe.end();
    const endedBy = ending === undefined ? 'nothing' : String(ending[1] ?? ending[0]);
    return { signal, connections, clients: report, seen, counts, endedBy, tookMs };
  } finally {
    server.kill('SIGKILL');
    clients.end();
  }
}

function tableOf({ clients, counts, seen, endedBy, tookMs }: DrainFindings): string {
  const { byCode, retryAfter, sent, answered } = clients;
  const listed = (counted: Readonly<Record<string, number>>): string =>
    Object.entries(counted)
      .map(([key, times]) => `${key}: ${String(times)}`)
      .join(', ');
  const spread =
    retryAfter.length === 0 ? '–' : `${String(Math.min(...retryAfter))}–${String(Math.max(...retryAfter))}`;
  return table([
    ['close codes that clients saw', listed(byCode)],
    ['not closed cleanly / still open', `${String(clients.unclean)} / ${String(clients.open)}`],
    ['told when to come back, ms', spread],
    ['from the first end to the last, ms', clients.lastEnd - clients.firstEnd],
    ['requests accepted / handled / answered', [counts?.accepted, counts?.handled, answered].join(' / ')],
    ['sent on the way to the end: behind the close frame / never read', lateOf(sent, counts)],
    ['handleDisconnect ran to its end', counts?.disconnected ?? '–'],
    ['newcomers, by status', listed(seen.upgrades)],
    ['readiness, by status', listed(seen.ready)],
    ['the process ended by / after, ms', `${endedBy} / ${String(Math.round(tookMs))}`],
  ]);
}

/** What nobody accepted: clients ask until they see the close frame. */
function lateOf(sent: number, counts: ServerCounts | undefined): string {
  return counts === undefined ? '–' : `${String(counts.late)} / ${String(sent - counts.accepted - counts.late)}`;
}
