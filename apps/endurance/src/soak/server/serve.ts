import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kills } from './crowd.js';
import { SoakApp } from './soak-app.js';
import { answerParent } from '../child.js';
import { type Footprint, socketsOf, takeFootprint } from '../../footprint/footprint.js';

/* The process that is watched: the Nest application, and nothing else. The load comes from other processes. */

export type ServerQuestion =
  /** Listens; keeps `leakBytes` of every connection, to see that it is noticed. */
  | { readonly ask: 'listen'; readonly leakBytes: number }
  /** Pushes and kills from now on. */
  | { readonly ask: 'begin'; readonly rooms: number }
  /** Kills no longer. */
  | { readonly ask: 'spare' }
  | { readonly ask: 'look' }
  /** Pushes no longer, and says what is held once all connections are gone. */
  | { readonly ask: 'footprint' };

export interface ServerAnswer {
  readonly port: number;
  /** Sockets that are open. */
  readonly sockets: number;
  /** What went wrong, and nobody expected. */
  readonly errors: number;
  readonly kills: Kills;
  /** How often connections ended, by close code and cause: `1000 remote`. */
  readonly endings: Readonly<Record<string, number>>;
  /** The longest time in which its event loop did not get on, in milliseconds. */
  readonly stallMs: number;
  readonly resident: number;
  readonly heap: number;
  /** How long its main thread ran, and how long it could have run and waited for a processor, in milliseconds; 0 where no Linux tells. */
  readonly ranMs: number;
  readonly waitedMs: number;
  /** The answer to `footprint`; absent where connections are still there long after all clients have gone. */
  readonly footprint?: Footprint | undefined;
}

/** How long connections may take to be gone: a closing handshake's time-out, and some more. */
const GONE_WITHIN_MS = 20_000;

const app = await SoakApp.start();
const servers = [app.http];
const loopDelay = monitorEventLoopDelay({ resolution: 20 });
loopDelay.enable();

async function footprint(): Promise<Footprint | undefined> {
  app.crowd.end();
  const until = performance.now() + GONE_WITHIN_MS;
  while (app.crowd.clients > 0 || (await socketsOf(servers)) > 0) {
    if (performance.now() > until) return undefined;
    await delay(50);
  }
  return takeFootprint(servers);
}

const SCHEDULER_FIGURES = '/proc/self/schedstat';

function processorTimes(): Pick<ServerAnswer, 'ranMs' | 'waitedMs'> {
  const figures = existsSync(SCHEDULER_FIGURES) ? readFileSync(SCHEDULER_FIGURES, 'latin1') : '0 0';
  const [ran = 0, waited = 0] = figures.split(' ').map((ns) => Number(ns) / 1e6);
  return { ranMs: ran, waitedMs: waited };
}

async function answer(question: ServerQuestion): Promise<ServerAnswer> {
  let held: Footprint | undefined;
  switch (question.ask) {
    case 'listen':
      app.crowd.leakBytes = question.leakBytes;
      break;
    case 'begin':
      app.crowd.begin(question.rooms);
      break;
    case 'spare':
      app.crowd.killing = false;
      break;
    case 'footprint':
      held = await footprint();
      break;
    case 'look':
      break;
    default:
      question satisfies never;
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    port: app.port,
    sockets: await socketsOf(servers),
    errors: app.errors,
    kills: app.crowd.kills,
    endings: Object.fromEntries(app.crowd.endings),
    stallMs: loopDelay.max / 1e6,
    resident: rss,
    heap: heapUsed,
    ...processorTimes(),
    footprint: held,
  };
}

answerParent(answer);
