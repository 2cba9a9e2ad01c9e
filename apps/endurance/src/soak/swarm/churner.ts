import { setTimeout as delay } from 'node:timers/promises';
import { Conversation } from './conversation.js';
import { JSON_BY_DEFAULT, MESSAGE_PACK } from './dialect.js';
import { ENDINGS, type Ending } from './endings.js';
import type { LinkListener } from './link.js';
import { RawLink } from './raw-link.js';
import type { SwarmContext } from './swarm-context.js';

/** How long the server may take to be done with a connection: a closing handshake's time-out, and some more. */
const ENDED_WITHIN_MS = 15_000;

/** Comes, says something, ends in some way, and comes again. What it asked for may be lost with its connection, and never comes twice. */
export class Churner {
  private conversation: Conversation | undefined = undefined;

  constructor(private readonly context: SwarmContext) {}

  async run(): Promise<void> {
    const { context } = this;
    const { random, books } = context;
    while (!context.ending) {
      const ending = random.pick(ENDINGS);
      try {
        const outcome = await this.live(ending);
        books.outcome(ending.name, outcome);
        if (!ending.outcomes.includes(outcome)) books.problem(`"${ending.name}" came to: ${outcome}`);
      } catch (error) {
        books.problem(`"${ending.name}": ${String(error)}`);
      }
      await delay(random.between(500, 4000));
    }
  }

  private async live(ending: Ending): Promise<string> {
    const { context } = this;
    const { random, books } = context;
    if ('request' in ending) return context.opening(() => ending.request(context));
    this.conversation = undefined;
    let onEnd: (outcome: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => (onEnd = resolve));
    const listener: LinkListener = {
      // Nothing comes before the first request but what is for everybody.
      onMessage: (message) => this.conversation?.receive(message),
      onEnd: (closeCode) => {
        books.open--;
        onEnd(`closed with ${String(closeCode)}`);
      },
    };
    const dialect = random.pick([JSON_BY_DEFAULT, MESSAGE_PACK]);
    const target = context.target('churn', dialect.subprotocol);
    const link = await context.opening(() => RawLink.open(target, listener, random));
    books.opened++;
    books.open++;
    const conversation = (this.conversation = new Conversation(link, dialect, books, random));
    conversation.prompt = false;
    for (let requests = random.between(0, 5); requests > 0; requests--) {
      conversation.askAny();
      await delay(random.between(500, 6000));
    }
    ending.end(link, conversation);
    const timeout = delay(ENDED_WITHIN_MS, 'never', { ref: false });
    const outcome = await Promise.race([ended, timeout]);
    if (outcome === 'never') link.socket.destroy();
    return outcome;
  }
}
