import { NEVER_READS } from './codes.js';
import { Latencies } from './latencies.js';
import { addTally, emptyTally, type Tally } from './sequence.js';
import { FLOWS, type Report } from './swarm/books.js';
import { ENDINGS } from './swarm/endings.js';
import type { Findings } from './verdict.js';
import type { Footprint } from '../footprint/footprint.js';

const MIB = 1024 * 1024;

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
const ms = (time: number): string => `${time.toFixed(time < 10 ? 1 : 0)} ms`;

/** Columns in line; the first is text, the others are figures. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, String(cell).length)),
    [],
  );
  const line = (row: readonly (string | number)[]): string =>
    row
      .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

/** One line, while it goes on. */
export function progressLine(
  elapsedSeconds: number,
  name: string,
  server: { sockets: number; resident: number; heap: number },
  report: Report,
): string {
  const sum = (figure: 'delivered' | 'lost' | 'duplicated'): number =>
    FLOWS.reduce((all, flow) => all + report.tallies[flow][figure], 0);
  const latencies = latenciesOf(report);
  return (
    `${String(Math.round(elapsedSeconds)).padStart(4)} s ${name}: ${String(server.sockets)} sockets, ${String(report.opened)} opened; ` +
    `delivered ${String(sum('delivered'))}, lost ${String(sum('lost'))}, duplicated ${String(sum('duplicated'))}; ` +
    `p99 ${ms(latencies.percentile(0.99))}, stalls ${String(report.stalls)}; resident ${mib(server.resident)}, heap ${mib(server.heap)}`
  );
}

function latenciesOf({ latencies }: Report): Latencies {
  const sum = new Latencies();
  sum.add(latencies);
  return sum;
}

export function messagesTable({ tallies }: Report): string {
  const all = emptyTally();
  for (const flow of FLOWS) addTally(all, tallies[flow]);
  const row = (name: string, { delivered, lost, duplicated, reordered, corrupt }: Tally): (string | number)[] => [
    name,
    delivered,
    lost,
    duplicated,
    reordered,
    corrupt,
  ];
  return table([
    ['messages', 'delivered', 'lost', 'duplicated', 'out of order', 'corrupt'],
    ...FLOWS.map((flow) => row(flow, tallies[flow])),
    row('all', all),
  ]);
}

/** @param endings - the close code that the peer has sent, 1006 for none, and the cause, and how often. */
export function causesTable(endings: Readonly<Record<string, number>>): string {
  const rows = Object.entries(endings)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([ending, times]) => [...ending.split(' '), times]);
  return table([['as the server has it', 'cause', 'times'], ...rows]);
}

/** What nobody came to has a line as well: a round may be too short for it, and what is not listed would look as if it were well. */
export function endingsTable({ outcomes }: Report): string {
  const rows = Object.entries(outcomes).flatMap(([name, counts]) =>
    Object.entries(counts).map(([outcome, times]) => [name, outcome, times]),
  );
  const untried = [...ENDINGS.map(({ name }) => name), NEVER_READS.silent, NEVER_READS.greedy]
    .filter((name) => outcomes[name] === undefined)
    .map((name) => [name, 'not tried', 0]);
  return table([['ending', 'came to', 'times'], ...rows, ...untried]);
}

export function memoryTable(footprints: readonly (Footprint | undefined)[], peakResident: number): string {
  const row = (name: string, figure: (footprint: Footprint) => string | number): (string | number)[] => [
    name,
    ...footprints.map((footprint) => (footprint === undefined ? '–' : figure(footprint))),
  ];
  return [
    table([
      ['no connection open', 'start (warmed up)', 'half', 'end'],
      row('resident', ({ resident }) => mib(resident)),
      row('heap', ({ heap }) => mib(heap)),
      row('outside the heap', ({ external }) => mib(external)),
      row('handles', ({ handles }) => handles),
      row('timers', ({ timers }) => timers),
      row('listeners', ({ listeners }) => listeners),
      row('descriptors', ({ descriptors }) => descriptors),
    ]),
    `  most resident, with connections open: ${mib(peakResident)}`,
  ].join('\n');
}

/** @param processor - how long the server ran, and how long it waited for a processor. */
export function summaryTable(
  { report, kills, peak, stallMs }: Findings,
  { ranMs, waitedMs }: { readonly ranMs: number; readonly waitedMs: number },
): string {
  const latencies = latenciesOf(report);
  const cutOff = Object.entries(report.cutOff).map(([code, times]) => `${code}: ${String(times)}`);
  return table([
    ['connections opened / open at most', `${String(report.opened)} / ${String(peak)}`],
    ['killed by the server: terminated / disconnected', `${String(kills.terminated)} / ${String(kills.disconnected)}`],
    ['well-behaved connections cut off, by close code', cutOff.join(', ') || 'none'],
    ['closed for not reading (4490)', kills.slowConsumers],
    [
      'latency p50 / p99 / max',
      [latencies.percentile(0.5), latencies.percentile(0.99), latencies.max].map(ms).join(' / '),
    ],
    ['requests unanswered for more than 5 s', report.stalls],
    [
      'the server ran / waited for a processor',
      `${String(Math.round(ranMs / 1000))} s / ${String(Math.round(waitedMs / 1000))} s`,
    ],
    ['the server’s longest stall', ms(stallMs)],
    ['the clients’ own longest stall', ms(report.ownStallMs)],
  ]);
}
