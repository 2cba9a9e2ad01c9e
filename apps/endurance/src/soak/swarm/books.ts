import { Latencies, type LatencyCounts } from '../latencies.js';
import { addTally, emptyTally, type Tally } from '../sequence.js';

/** What is counted apart. */
export const FLOWS = ['answers', 'streams', 'room', 'everybody', 'direct'] as const;
export type Flow = (typeof FLOWS)[number];
export type Tallies = Record<Flow, Tally>;

/** What a swarm tells of itself; all in it can be added up. */
export interface Report {
  /** Of connections that are to behave well, and of slow readers. */
  readonly tallies: Tallies;
  /** Connections that were opened. */
  readonly opened: number;
  /** Connections that are open. */
  readonly open: number;
  /** Messages, both ways. */
  readonly messages: number;
  readonly latencies: LatencyCounts;
  /** Requests of well-behaved clients that were unanswered for too long. */
  readonly stalls: number;
  /** How connections of well-behaved clients and slow readers ended before they wanted to, by close code. */
  readonly cutOff: Readonly<Record<string, number>>;
  /** What came of those that end in some way of their own: name, outcome, how often. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What must not have happened, and how often. */
  readonly problems: Readonly<Record<string, number>>;
  /** The longest time in which the swarm itself did not get on, in milliseconds. */
  readonly ownStallMs: number;
}

export function emptyTallies(): Tallies {
  return Object.fromEntries(FLOWS.map((flow) => [flow, emptyTally()])) as Tallies;
}

/** Adds up what several swarms tell, or nobody. */
export function sumOf(reports: readonly Report[]): Report {
  const tallies = emptyTallies();
  const latencies = new Latencies();
  const outcomes: Record<string, Record<string, number>> = {};
  for (const report of reports) {
    for (const flow of FLOWS) addTally(tallies[flow], report.tallies[flow]);
    latencies.add(report.latencies);
    for (const [name, counts] of Object.entries(report.outcomes)) addCounts((outcomes[name] ??= {}), counts);
  }
  const total = (figure: (report: Report) => number): number => reports.reduce((sum, each) => sum + figure(each), 0);
  return {
    tallies,
    opened: total(({ opened }) => opened),
    open: total(({ open }) => open),
    messages: total(({ messages }) => messages),
    latencies: latencies.counts(),
    stalls: total(({ stalls }) => stalls),
    cutOff: countsOf(reports.map(({ cutOff }) => cutOff)),
    outcomes,
    problems: countsOf(reports.map(({ problems }) => problems)),
    ownStallMs: Math.max(0, ...reports.map(({ ownStallMs }) => ownStallMs)),
  };
}

function countsOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const counts of all) addCounts(sum, counts);
  return sum;
}

function addCounts(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}

/** Where a swarm keeps its counts. */
export class Books {
  readonly tallies = emptyTallies();
  readonly latencies = new Latencies();
  readonly cutOff: Record<string, number> = {};
  readonly outcomes: Record<string, Record<string, number>> = {};
  readonly problems: Record<string, number> = {};
  opened = 0;
  open = 0;
  messages = 0;
  stalls = 0;

  problem(what: string): void {
    addCounts(this.problems, { [what]: 1 });
  }

  outcome(name: string, outcome: string): void {
    addCounts((this.outcomes[name] ??= {}), { [outcome]: 1 });
  }

  wasCutOff(closeCode: number): void {
    addCounts(this.cutOff, { [String(closeCode)]: 1 });
  }

  report(ownStallMs: number): Report {
    const { tallies, opened, open, messages, latencies, stalls, cutOff, outcomes, problems } = this;
    return {
      tallies,
      opened,
      open,
      messages,
      latencies: latencies.counts(),
      stalls,
      cutOff,
      outcomes,
      problems,
      ownStallMs,
    };
  }
}
