import { setTimeout as delay } from 'node:timers/promises';
import { Conversation } from './conversation.js';
import { JSON_BY_DEFAULT, JSON_BY_NAME, MESSAGE_PACK } from './dialect.js';
import { openEngineLink } from './engine-link.js';
import type { Link, LinkListener } from './link.js';
import { RawLink } from './raw-link.js';
import type { SwarmContext } from './swarm-context.js';

/** How long an answer may take before it is a stall. */
const STALL_MS = 5000;
/** How long a slow reader may need for all that has waited for it. */
const CATCH_UP_MS = 20_000;

/**
 * A client that behaves well: it is in a room, asks for something every few seconds, and says goodbye at the end. All that it is owed must
 * come once and in order. It comes again when the server has killed it. A slow one stops reading for seconds, again and again.
 */
export class SteadyClient implements LinkListener {
  private conversation: Conversation | undefined = undefined;
  private lives = false;
  private leaving = false;
  private wakeUp = new AbortController();

  constructor(
    private readonly context: SwarmContext,
    private readonly kind: 'steady' | 'slow',
  ) {}

  /** Resolves when the swarm comes to an end. */
  async run(): Promise<void> {
    const { context } = this;
    while (!context.ending) {
      try {
        await this.live();
      } catch (error) {
        context.books.problem(`a well-behaved client: ${String(error)}`);
      }
      if (!context.ending) await delay(context.random.between(100, 2000));
    }
  }

  /** Counts a request that is unanswered for too long. */
  checkStall(): void {
    if (this.kind === 'steady' && this.lives && this.conversation?.isNewStall(STALL_MS) === true) {
      this.context.books.stalls++;
    }
  }

  onMessage(message: string | Uint8Array): void {
    this.conversation?.receive(message);
  }

  onEnd(closeCode: number): void {
    this.lives = false;
    this.context.books.open--;
    if (!this.leaving || closeCode !== 1000) this.context.books.wasCutOff(closeCode);
    this.wakeUp.abort();
  }

  private async live(): Promise<void> {
    const { context, kind } = this;
    const { books, random } = context;
    this.leaving = false;
    this.wakeUp = new AbortController();
    this.conversation = undefined;
    const { link, conversation } = await this.open();
    // Counted before its end, if that has come already.
    books.opened++;
    books.open++;
    this.lives = !this.wakeUp.signal.aborted;
    const room = random.between(0, context.rooms - 1);
    await this.unlessEnded(conversation.join(room));
    while (this.isAlive() && !context.ending) {
      conversation.askAny();
      if (kind === 'slow' && random.chance(0.3)) {
        link.pause();
        await this.pause(random.between(1000, 5000));
        link.resume();
      }
      await this.pause(random.between(2000, 8000));
    }
    if (this.isAlive()) await this.leave(link, conversation, room);
  }

  private async leave(link: Link, conversation: Conversation, room: number): Promise<void> {
    const { context } = this;
    if (!(await conversation.settle(this.kind === 'slow' ? CATCH_UP_MS : STALL_MS)) && this.isAlive()) {
      context.books.problem('unanswered at the end, though the connection lives');
    }
    if (!this.isAlive()) return;
    await this.unlessEnded(conversation.leave(room));
    if (!this.isAlive()) return;
    conversation.end();
    this.leaving = true;
    link.close();
    await this.pause(CATCH_UP_MS);
    if (this.isAlive()) context.books.problem('the closing handshake did not end');
  }

  /** Most by a bare socket, some by the engine's client; with and without permessage-deflate. */
  private async open(): Promise<{ readonly link: Link; readonly conversation: Conversation }> {
    const { context, kind } = this;
    const { random } = context;
    const dialect = random.pick([JSON_BY_DEFAULT, JSON_BY_NAME, MESSAGE_PACK]);
    const target = context.target(kind, dialect.subprotocol);
    const deflate = random.pick([true, { contextTakeover: true, thresholdBytes: 0 }, false]);
    const raw = kind === 'slow' || random.chance(0.7);
    const link = await context.opening(() =>
      raw ? RawLink.open(target, this, random) : openEngineLink(target, this, deflate),
    );
    const conversation = new Conversation(link, dialect, context.books, random);
    conversation.prompt = kind === 'steady';
    this.conversation = conversation;
    return { link, conversation };
  }

  private isAlive(): boolean {
    return this.lives;
  }

  private async unlessEnded(work: Promise<void>): Promise<void> {
    const { signal } = this.wakeUp;
    if (signal.aborted) return;
    await Promise.race([work, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))]);
  }

  /** Until then, or until the connection ends. */
  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.wakeUp.signal }).catch(() => undefined);
  }
}
