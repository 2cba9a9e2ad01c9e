import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.js';
import { type SoakOptions, SWARM_SIZE } from './options.js';
import type { ServerAnswer, ServerQuestion } from './server/serve.js';
import { type Report, sumOf } from './swarm/books.js';
import type { SwarmQuestion } from './swarm/swarm.js';

/** How many members a room has, about. */
const ROOM_SIZE = 50;
const CONNECTIONS_A_SECOND = 250;
/** Some are always between two connections. */
const MOST_ARE_HERE = 0.85;
/** How much longer than planned the clients may take to come, before a round begins without them. */
const HERE_WITHIN_MS = 60_000;
/** How long clients may take to say goodbye: slow readers catch up, and closing handshakes have their time-outs. */
const GOODBYE_WITHIN_MS = 90_000;

export type Server = Child<ServerQuestion, ServerAnswer>;

export interface Round {
  readonly name: string;
  readonly seconds: number;
  /** Which it is, from 0: each has other randomness. */
  readonly number: number;
}

/** What the server and all clients together say, now and then. */
export type OnProgress = (server: ServerAnswer, clients: Report) => void;

/** All clients come, do what they do for so long, and go; each round with new processes of them. */
export class Crowds {
  constructor(
    private readonly server: Server,
    private readonly port: number,
    private readonly options: SoakOptions,
    private readonly everyMs: number,
  ) {}

  async play({ seconds, number }: Round, onProgress: OnProgress): Promise<Report> {
    const { server, port } = this;
    const { connections, seed } = this.options;
    const rooms = Math.ceil(connections / ROOM_SIZE);
    const swarms = Array.from(
      { length: Math.ceil(connections / SWARM_SIZE) },
      (_, index) =>
        new Child<SwarmQuestion, Report>(`swarm ${String(index)}`, new URL('./swarm/swarm.js', import.meta.url)),
    );
    try {
      await server.ask({ ask: 'begin', rooms });
      await askAll(swarms, (index) => ({
        ask: 'begin',
        port,
        index,
        connections:
          Math.floor((connections * (index + 1)) / swarms.length) - Math.floor((connections * index) / swarms.length),
        rooms,
        seed: seed + number * 1000,
        rampSeconds: connections / CONNECTIONS_A_SECOND,
      }));
      await this.allHere();
      const until = performance.now() + seconds * 1000;
      for (let left = seconds * 1000; left > 0; left = until - performance.now()) {
        await delay(Math.min(left, this.everyMs));
        const clients = await askAll(swarms, () => ({ ask: 'look' }));
        onProgress(await server.ask({ ask: 'look' }), sumOf(clients));
      }
      await server.ask({ ask: 'spare' });
      const goodbyes = askAll(swarms, () => ({ ask: 'end' }));
      const tooLate = delay(GOODBYE_WITHIN_MS, undefined, { ref: false }).then(() => {
        throw new Error(`The clients have not come to their end in ${String(GOODBYE_WITHIN_MS / 1000)} s`);
      });
      return sumOf(await Promise.race([goodbyes, tooLate]));
    } finally {
      for (const swarm of swarms) swarm.end();
    }
  }

  /** Waits until as many are connected as are to be; a busy machine takes longer. What it can't carry, the verdict says. */
  private async allHere(): Promise<void> {
    const { connections } = this.options;
    const latest = performance.now() + (connections / CONNECTIONS_A_SECOND) * 1000 + HERE_WITHIN_MS;
    while (performance.now() < latest) {
      const { sockets } = await this.server.ask({ ask: 'look' });
      if (sockets >= MOST_ARE_HERE * connections) return;
      await delay(500);
    }
  }
}

function askAll(
  swarms: readonly Child<SwarmQuestion, Report>[],
  question: (index: number) => SwarmQuestion,
): Promise<Report[]> {
  return Promise.all(swarms.map((swarm, index) => swarm.ask(question(index))));
}
