import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Books, type Report } from './books.js';
import { Churner } from './churner.js';
import { NeverReader } from './never-reader.js';
import { SteadyClient } from './steady-client.js';
import { SwarmContext } from './swarm-context.js';
import { answerParent } from '../child.js';
import { Random } from '../random.js';

/* A process full of clients. It is told what to do by its parent, and answers with what it has counted since it was told to begin. */

export type SwarmQuestion =
  | {
      readonly ask: 'begin';
      readonly port: number;
      /** Which swarm it is, from 0. */
      readonly index: number;
      readonly connections: number;
      readonly rooms: number;
      readonly seed: number;
      /** In how many seconds the clients come. */
      readonly rampSeconds: number;
    }
  | { readonly ask: 'look' }
  /** All say goodbye; the answer comes when they have gone. */
  | { readonly ask: 'end' };

/** The shares of the clients; the others are well-behaved. */
const SLOW = 0.05;
const CHURN = 0.33;
const SILENT = 0.01;
const GREEDY = 0.002;
/** A greedy one makes the server hold its limit of outgoing bytes, and the kernel some more. */
const MOST_GREEDY = 10;

const SWEEP_MS = 1000;

class Swarm {
  readonly books = new Books();
  private readonly steady: SteadyClient[] = [];
  private readonly running: Promise<void>[] = [];
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 20 });
  private readonly sweep: NodeJS.Timeout;
  private readonly context: SwarmContext;

  constructor({ port, index, connections, rooms, seed, rampSeconds }: SwarmQuestion & { ask: 'begin' }) {
    const random = new Random(seed + index);
    this.context = new SwarmContext(port, index, rooms, this.books, random);
    const clients = this.populate(connections);
    for (const client of clients) {
      this.running.push(delay(random.next() * rampSeconds * 1000).then(() => client.run()));
    }
    this.sweep = setInterval(() => {
      for (const client of this.steady) client.checkStall();
    }, SWEEP_MS);
    this.loopDelay.enable();
  }

  report(): Report {
    return this.books.report(this.loopDelay.max / 1e6);
  }

  async end(): Promise<Report> {
    this.context.ending = true;
    await Promise.all(this.running);
    clearInterval(this.sweep);
    this.loopDelay.disable();
    return this.report();
  }

  private populate(connections: number): { run(): Promise<void> }[] {
    const { context } = this;
    const share = (part: number): number[] => Array.from({ length: Math.ceil(connections * part) }, (_, i) => i);
    const others = [
      ...share(CHURN).map(() => new Churner(context)),
      ...share(SILENT).map(() => new NeverReader(context, 'silent')),
      ...share(GREEDY)
        .slice(0, MOST_GREEDY)
        .map(() => new NeverReader(context, 'greedy')),
    ];
    for (const _ of share(SLOW)) this.steady.push(new SteadyClient(context, 'slow'));
    while (this.steady.length + others.length < connections) this.steady.push(new SteadyClient(context, 'steady'));
    return [...this.steady, ...others];
  }
}

let swarm: Swarm | undefined;

answerParent(async (question: SwarmQuestion): Promise<Report> => {
  switch (question.ask) {
    case 'begin':
      swarm = new Swarm(question);
      return swarm.report();
    case 'look':
      return (swarm as Swarm).report();
    case 'end':
      return (swarm as Swarm).end();
    default:
      return question satisfies never;
  }
});
