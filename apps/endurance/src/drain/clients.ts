import { setTimeout as delay } from 'node:timers/promises';
import { connect, type WsConnection } from '@nestwire/engine';
import { answerParent } from '../soak/child.js';

/* A process full of clients that ask, and go on asking until they are told to go. */

export type ClientsQuestion =
  | { readonly ask: 'connect'; readonly port: number; readonly connections: number; readonly code: number }
  /** So many requests a second, of all together, from now on. */
  | { readonly ask: 'begin'; readonly rate: number }
  /** The answer comes when all connections have ended, or too late. */
  | { readonly ask: 'end'; readonly withinMs: number };

export interface ClientsReport {
  readonly open: number;
  readonly sent: number;
  readonly answered: number;
  /** Answers that were not what came next. */
  readonly wrong: number;
  readonly byCode: Readonly<Record<string, number>>;
  readonly unclean: number;
  /** What clients were told of when to come back, in milliseconds; one for each that was. */
  readonly retryAfter: readonly number[];
  /** When the first and the last of them was closed, as `Date.now()` has it. */
  readonly firstEnd: number;
  readonly lastEnd: number;
}

/** Node 20 accepts one connection each time round its event loop: more at once would fill the kernel's queue. */
const AT_ONCE = 100;
const ADDRESSES = 250;
const TICK_MS = 20;
/** Every so manieth client asks several at a time, so that some always wait behind one at work. */
const HASTY_EVERY = 20;
const HASTY_REQUESTS = 4;

class Client {
  sent = 0;
  answered = 0;
  wrong = 0;
  connection: WsConnection | undefined = undefined;
  ended: { readonly code: number; readonly reason: string; readonly clean: boolean; readonly at: number } | undefined;

  constructor(
    private readonly number: number,
    private readonly code: number,
  ) {}

  async open(port: number): Promise<void> {
    this.connection = await connect(`ws://127.0.0.1:${String(port)}/drain`, {
      proxy: false,
      localAddress: `127.0.2.${String(1 + (this.number % ADDRESSES))}`,
      onConnection: () => ({
        onMessage: (_connection, message) => this.take(String(message)),
        onClose: ({ closeCode, closeReason, wasClean }) => {
          this.ended = { code: closeCode, reason: closeReason, clean: wasClean, at: Date.now() };
        },
      }),
    });
  }

  ask(): void {
    const requests = this.number % HASTY_EVERY === 0 ? HASTY_REQUESTS : 1;
    for (let i = 0; i < requests; i++) {
      const n = this.sent;
      const message = JSON.stringify({ userId: this.number, code: this.code, data: { n }, id: n });
      if (this.connection?.send(message) !== 'closed') this.sent++;
    }
  }

  private take(message: string): void {
    const { id, data } = JSON.parse(message) as { id?: unknown; data?: { n?: unknown } };
    if (id !== this.answered || data?.n !== this.answered) this.wrong++;
    this.answered++;
  }
}

const clients: Client[] = [];
let asking: NodeJS.Timeout | undefined;

async function open(port: number, connections: number, code: number): Promise<void> {
  for (let i = 0; i < connections; i++) clients.push(new Client(i, code));
  const waiting = [...clients];
  const worker = async (): Promise<void> => {
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) await client.open(port);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function begin(rate: number): void {
  let next = 0;
  let owed = 0;
  let before = Date.now();
  asking = setInterval(() => {
    const now = Date.now();
    owed += ((now - before) * rate) / 1000;
    before = now;
    for (; owed >= 1; owed--) clients[next++ % clients.length]?.ask();
  }, TICK_MS);
}

async function end(withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  while (Date.now() < until && clients.some(({ ended }) => ended === undefined)) await delay(50);
  clearInterval(asking);
}

function report(): ClientsReport {
  const byCode: Record<string, number> = {};
  const retryAfter: number[] = [];
  const ends: number[] = [];
  let unclean = 0;
  for (const { ended } of clients) {
    if (ended === undefined) continue;
    byCode[ended.code] = (byCode[ended.code] ?? 0) + 1;
    if (!ended.clean) unclean++;
    ends.push(ended.at);
    const hint = /^\{"retryAfter":(\d+)\}$/.exec(ended.reason)?.[1];
    if (hint !== undefined) retryAfter.push(Number(hint));
  }
  const sum = (of: (client: Client) => number): number => clients.reduce((all, client) => all + of(client), 0);
  return {
    open: clients.length - ends.length,
    sent: sum(({ sent }) => sent),
    answered: sum(({ answered }) => answered),
    wrong: sum(({ wrong }) => wrong),
    byCode,
    unclean,
    retryAfter,
    firstEnd: Math.min(...ends),
    lastEnd: Math.max(...ends),
  };
}

answerParent(async (question: ClientsQuestion): Promise<ClientsReport> => {
  if (question.ask === 'connect') await open(question.port, question.connections, question.code);
  else if (question.ask === 'begin') begin(question.rate);
  else await end(question.withinMs);
  return report();
});
