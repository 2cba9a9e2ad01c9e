import { readFileSync } from 'node:fs';
import { Child } from './child.js';
import { descriptorsProblem, openFilesLimit, parseOptions } from './options.js';
import { Crowds, type Round } from './round.js';
import type { ServerAnswer, ServerQuestion } from './server/serve.js';
import { type Report, sumOf } from './swarm/books.js';
import { causesTable, endingsTable, memoryTable, messagesTable, progressLine, summaryTable } from './tables.js';
import { failuresOf, growthLine } from './verdict.js';
import type { Footprint } from '../footprint/footprint.js';

/*
 * npm run soak -- [--connections 10000] [--minutes 10] [--seed 1] [--leak 0]
 *
 * A Nest application in a process of its own, and so many connections that come, talk and go, for so long. Ends with 1 where a message was
 * lost or came twice on a connection that lived, where anything ended as it should not have, or where the server holds more at the end.
 */

const { connections, minutes, ...more } = parseOptions(process.argv.slice(2));
const options = { connections, minutes, ...more };
const problem = process.platform === 'linux' ? descriptorsProblem(connections, openFilesLimit(limits())) : undefined;
if (problem !== undefined) {
  console.error(problem);
  process.exit(2);
}

function limits(): string {
  return readFileSync('/proc/self/limits', 'latin1');
}

/** The warm-up is a round like the others, so that what only grows to a size has it. */
const ROUNDS: readonly Round[] = [
  { name: 'warm-up', seconds: minutes * 60 * 0.2, number: 0 },
  { name: 'first half', seconds: minutes * 60 * 0.4, number: 1 },
  { name: 'second half', seconds: minutes * 60 * 0.4, number: 2 },
];
/** A few lines a minute. */
const PROGRESS_EVERY_MS = 15_000;

// The children end with this process, however it ends.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    console.error(`\n${signal}: ended before its time`);
    process.exit(code);
  });
}

const server = new Child<ServerQuestion, ServerAnswer>('the server', new URL('./server/serve.js', import.meta.url), [
  '--expose-gc',
]);
const { port } = await server.ask({ ask: 'listen', leakBytes: options.leakBytes });
const began = performance.now();
console.log(
  `${String(connections)} connections for ${String(minutes)} minutes, seed ${String(options.seed)}: the server is process ${String(server.pid)}`,
);

const crowds = new Crowds(server, port, options, PROGRESS_EVERY_MS);
const reports: Report[] = [];
const footprints: (Footprint | undefined)[] = [];
let peak = 0;
let peakResident = 0;
let last = await server.ask({ ask: 'look' });
let brokenOff: string | undefined;
for (const round of ROUNDS) {
  let soFar: Report | undefined;
  try {
    const report = await crowds.play(round, (seen, clients) => {
      [last, soFar] = [seen, clients];
      peak = Math.max(peak, seen.sockets);
      peakResident = Math.max(peakResident, seen.resident);
      console.log(progressLine((performance.now() - began) / 1000, round.name, seen, clients));
    });
    soFar = undefined;
    reports.push(report);
    last = await server.ask({ ask: 'footprint' });
    footprints.push(last.footprint);
  } catch (error) {
    // What has been counted by then is told all the same.
    if (soFar !== undefined) reports.push(soFar);
    brokenOff = `broken off in the ${round.name}: ${error instanceof Error ? error.message : String(error)}`;
    break;
  }
}
server.end();

const { kills, errors, stallMs, endings, ranMs, waitedMs } = last;
const findings = { connections, peak, report: sumOf(reports), kills, errors, endings, stallMs, brokenOff, footprints };
console.log(
  `\n${summaryTable(findings, { ranMs, waitedMs })}\n\n${messagesTable(findings.report)}\n\n${endingsTable(findings.report)}\n\n${causesTable(endings)}`,
);
console.log(`\n${memoryTable(footprints, peakResident)}\n  ${growthLine(findings)}\n`);
const failures = failuresOf(findings);
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length === 0) console.log('Nothing lost, nothing twice, nothing left behind');
process.exitCode = failures.length === 0 ? 0 : 1;
