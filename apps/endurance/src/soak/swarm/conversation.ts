import { setTimeout as delay } from 'node:timers/promises';
import type { Books } from './books.js';
import type { Dialect, Received } from './dialect.js';
import type { Link } from './link.js';
import { padding } from './padding.js';
import { Code, type EchoData, type EndedBy, type NextNumbers } from '../codes.js';
import type { Random } from '../random.js';
import { Sequence } from '../sequence.js';

interface Asked {
  readonly n: number;
  readonly pad: string;
  readonly at: number;
}

const JOIN = 'join';
const LEAVE = 'leave';

/**
 * What is said on one connection: each request must be answered once, in order and with what belongs to it; each push of the room, of
 * everybody and to the own user must come once and in order.
 */
export class Conversation {
  /** Whether answers count as those of a client that reads at once. */
  prompt = true;
  private mayBeWrong = false;
  private readonly asked: Asked[] = [];
  private requests = 0;
  private pushes = 0;
  private readonly answers: Sequence;
  private readonly direct: Sequence;
  private inRoom: Sequence | undefined = undefined;
  private forAll: Sequence | undefined = undefined;
  private streamed = 0;
  private readonly streams = new Map<number | string, { readonly values: Sequence; readonly to: number }>();
  private readonly waiting = new Map<string, () => void>();
  private stalledAt = -1;

  constructor(
    private readonly link: Link,
    private readonly dialect: Dialect,
    private readonly books: Books,
    private readonly random: Random,
  ) {
    this.answers = new Sequence(books.tallies.answers);
    this.direct = new Sequence(books.tallies.direct);
  }

  /** Whether something is unanswered. */
  get isPending(): boolean {
    return this.asked.length > 0 || this.streams.size > 0;
  }

  /** Asks for something: mostly an echo. */
  askAny(): void {
    const share = this.random.next();
    if (share < 0.8) this.askEcho();
    else if (share < 0.9) this.askEcho(this.pushes++);
    else if (share < 0.95) this.askSlow();
    else this.askForNumbers();
  }

  askEcho(push?: number): void {
    const data = this.ask();
    this.say(Code.Echo, data.n, push === undefined ? data : { ...data, push });
  }

  askSlow(): void {
    this.say(Code.Slow, this.requests, { ...this.ask(), ms: this.random.between(1, 100) });
  }

  askForNumbers(to = this.random.between(0, 20)): string {
    const id = `n${String(this.streamed++)}`;
    this.streams.set(id, { values: new Sequence(this.books.tallies.streams), to });
    this.say(Code.Count, id, { to });
    return id;
  }

  /** Wants no more of a stream. What was under way may still come. */
  cancel(id: string): void {
    this.link.send(this.dialect.encode({ code: Code.Count, id, cancel: true }));
  }

  askForTheEnd(by: EndedBy): void {
    this.link.send(this.dialect.encode({ code: Code.EndMe, data: { by } }));
  }

  /** Says so much that nobody can make anything of; an error 400 answers each. */
  sayWrong(times: number): void {
    this.mayBeWrong = true;
    for (let i = 0; i < times; i++) this.link.send(this.random.pick(this.dialect.malformed));
  }

  /** Resolves when the server has answered, which it does not if the connection ends. */
  join(room: number): Promise<void> {
    this.say(Code.Join, JOIN, { room });
    return new Promise((resolve) => this.waiting.set(JOIN, resolve));
  }

  leave(room: number): Promise<void> {
    this.say(Code.Leave, LEAVE, { room });
    return new Promise((resolve) => this.waiting.set(LEAVE, resolve));
  }

  /** Waits until all is answered. @returns whether it was, in this time. */
  async settle(withinMs: number): Promise<boolean> {
    for (const until = performance.now() + withinMs; this.isPending; await delay(20)) {
      if (performance.now() > until) return false;
    }
    return true;
  }

  /** Whether a request is unanswered for longer than this, for the first time. */
  isNewStall(forMs: number): boolean {
    const [oldest] = this.asked;
    if (oldest === undefined || oldest.n === this.stalledAt || performance.now() - oldest.at < forMs) return false;
    this.stalledAt = oldest.n;
    return true;
  }

  /** The connection lived to its end: what has not come by now is lost. */
  end(): void {
    this.answers.end(this.requests);
    this.direct.end(this.pushes);
    for (const { values, to } of this.streams.values()) values.end(to);
  }

  receive(message: string | Uint8Array): void {
    this.books.messages++;
    const received = this.dialect.decode(message);
    const { code, id, error, data } = received;
    if (error !== undefined) {
      if (this.mayBeWrong && error.status === 400) return;
      return this.books.problem(`an error ${String(error.status)} to code ${String(code)}: ${error.message}`);
    }
    switch (code) {
      case Code.Echo:
      case Code.Slow:
        return this.onAnswer(id, data as EchoData);
      case Code.Count:
        return this.onNumber(received);
      case Code.Join:
        this.inRoom = new Sequence(this.books.tallies.room, (data as NextNumbers).room);
        this.forAll = new Sequence(this.books.tallies.everybody, (data as NextNumbers).everybody);
        return this.waiting.get(JOIN)?.();
      case Code.Leave:
        this.inRoom?.end((data as NextNumbers).room);
        this.forAll?.end((data as NextNumbers).everybody);
        return this.waiting.get(LEAVE)?.();
      case Code.Room:
        if (this.inRoom === undefined) this.books.problem('a push to a room came before it was joined');
        return this.inRoom?.receive((data as EchoData).n);
      case Code.Everybody:
        // Before the answer to `join` it is not known which the first one is.
        return this.forAll?.receive((data as EchoData).n);
      case Code.Direct:
        return this.direct.receive((data as EchoData).n);
      default:
        this.books.problem(`a message with code ${String(code)}`);
    }
  }

  private onAnswer(id: number | string | undefined, { n, pad }: EchoData): void {
    this.answers.receive(n);
    const [oldest] = this.asked;
    if (oldest === undefined || oldest.n > n) return;
    while ((this.asked[0]?.n ?? Infinity) < n) this.asked.shift();
    const asked = this.asked.shift();
    if (asked === undefined || id !== n || asked.pad !== pad) this.books.tallies.answers.corrupt++;
    else if (this.prompt) this.books.latencies.record(performance.now() - asked.at);
  }

  private onNumber({ id = '', data, done }: Received): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return this.books.problem('a value of a stream that has ended');
    if (done !== true) return stream.values.receive(data as number);
    stream.values.end(stream.to);
    this.streams.delete(id);
  }

  private ask(): EchoData {
    const asked = { n: this.requests++, pad: padding(this.random), at: performance.now() };
    this.asked.push(asked);
    return { n: asked.n, pad: asked.pad };
  }

  private say(code: number, id: number | string, data: object): void {
    this.books.messages++;
    this.link.send(this.dialect.encode({ code, id, data }));
  }
}
