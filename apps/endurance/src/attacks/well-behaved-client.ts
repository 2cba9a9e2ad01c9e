import { connect, type WsConnection } from '@nestwire/engine';

/*
 * A client that does nothing wrong, in a process of its own, so that only the server can make it wait: it asks for an echo every
 * 20 ms. Over the channel to its parent it tells how that went since the last question.
 */

export interface Service {
  readonly asked: number;
  readonly worstMs: number;
  /** Answers that were not the next one that was due. */
  readonly wrong: number;
  /** The code that the connection was closed with. */
  readonly closed: number | undefined;
}

const EVERY_MS = 20;

const due: { readonly n: number; readonly at: number }[] = [];
let asked = 0;
let worstMs = 0;
let wrong = 0;
let closed: number | undefined;
let asking = true;
let askOnce: () => void = () => undefined;

function onAnswer(message: string): void {
  const { id, data } = JSON.parse(message) as { id?: unknown; data?: { n?: unknown } };
  const first = due.shift();
  if (first === undefined || id !== first.n || data?.n !== first.n) wrong++;
  else worstMs = Math.max(worstMs, performance.now() - first.at);
}

function ask(connection: WsConnection): void {
  if (!asking) return;
  const n = asked++;
  due.push({ n, at: performance.now() });
  connection.send(JSON.stringify({ userId: 'well-behaved', code: 1001, data: { n }, id: n }));
}

/** Asks once more, then stops asking until every answer is there: what is missing then will never come, and its question keeps this waiting. */
async function report(): Promise<void> {
  askOnce();
  asking = false;
  while (due.length > 0 && closed === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  process.send?.({ asked, worstMs, wrong, closed } satisfies Service);
  asked = worstMs = wrong = 0;
  asking = true;
}

process.on('disconnect', () => process.exit());
process.once('message', (port: number) => {
  void connect(`ws://127.0.0.1:${String(port)}/?user=well-behaved`, {
    onConnection: (connection) => {
      askOnce = () => ask(connection);
      setInterval(askOnce, EVERY_MS);
      return {
        onMessage: (_, message) => onAnswer(String(message)),
        onClose: ({ closeCode }) => (closed = closeCode),
      };
    },
  }).then(() => {
    process.on('message', () => void report());
    process.send?.('open');
  });
});
