import { checkSendOptions, type ResolvedOutbound, type SendOptions, SlowConsumer } from './slow-consumer.js';
import type { PreparedMessage } from './prepared-message.js';

type Message = string | Uint8Array | PreparedMessage;

interface Kept {
  readonly message: Message;
  readonly bytes: number;
}

/** What is to be done with a message now. */
export const Passage = {
  /** It goes behind what waits already. */
  Append: 'append',
  /** It was kept for later. */
  Kept: 'kept',
  /** It took another's place. */
  Replaced: 'replaced',
  Dropped: 'dropped',
  /** Too much waits: the connection has to be closed. */
  Close: 'close',
} as const;

export type Passage = (typeof Passage)[keyof typeof Passage];

/**
 * The time from when more waits than the high water mark until it is less than the low one: a connection has one of these only then. It
 * decides about messages, keeps those that newer ones may replace, and has whoever waits for the end of it.
 */
export class Clog {
  /**
   * In the order in which they are to go out; those without a key by a number. Nothing overtakes: as long as one is kept, all are.
   */
  private readonly kept = new Map<string | number, Kept>();
  private keptAmount = 0;
  private serial = 0;
  private waiters: { readonly promise: Promise<boolean>; readonly resolve: (writable: boolean) => void } | null = null;

  constructor(private readonly settings: ResolvedOutbound) {}

  get keptBytes(): number {
    return this.keptAmount;
  }

  /**
   * @param waiting - bytes that wait, those of kept messages included.
   * @throws RangeError or TypeError for options that are none.
   */
  pass(message: Message, options: SendOptions | undefined, waiting: number): Passage {
    const policy = policyOf(options, this.settings.slowConsumer);
    const key = policy === SlowConsumer.KeepNewest ? options?.key : undefined;
    if (policy === SlowConsumer.DropNewest) return Passage.Dropped;
    const replaces = key !== undefined && this.kept.has(key);
    if (policy !== SlowConsumer.Wait && waiting > this.settings.maxBytes && !replaces) return Passage.Close;
    if (key === undefined && this.kept.size === 0) return Passage.Append;
    this.keep(key ?? this.serial++, message);
    return replaces ? Passage.Replaced : Passage.Kept;
  }

  /** The next message that was kept, which is so no longer. */
  next(): Message | undefined {
    for (const [key, { message, bytes }] of this.kept) {
      this.kept.delete(key);
      this.keptAmount -= bytes;
      return message;
    }
    return undefined;
  }

  /** Resolves at the end. */
  whenOver(): Promise<boolean> {
    if (this.waiters === null) {
      let resolve: (writable: boolean) => void = () => undefined;
      const promise = new Promise<boolean>((settle) => (resolve = settle));
      this.waiters = { promise, resolve };
    }
    return this.waiters.promise;
  }

  end(writable: boolean): void {
    this.waiters?.resolve(writable);
  }

  private keep(key: string | number, message: Message): void {
    const before = this.kept.get(key);
    if (before !== undefined) {
      this.keptAmount -= before.bytes;
      this.kept.delete(key);
    }
    // Outside `send` the bytes are the caller's again.
    const own = message instanceof Uint8Array ? copied(message, before?.message) : message;
    // An empty message waits, too.
    const bytes = Math.max(1, lengthOf(own));
    this.kept.set(key, { message: own, bytes });
    this.keptAmount += bytes;
  }
}

/** Where what it replaces is as long, in its place: what is replaced again and again would be garbage by the megabyte. */
function copied(bytes: Uint8Array, replaced: Message | undefined): Uint8Array {
  if (!(replaced instanceof Uint8Array) || replaced.length !== bytes.length) return Buffer.from(bytes);
  replaced.set(bytes);
  return replaced;
}

function lengthOf(message: Message): number {
  if (typeof message === 'string') return Buffer.byteLength(message);
  return message instanceof Uint8Array ? message.length : message.payload.length;
}

function policyOf(options: SendOptions | undefined, policy: SlowConsumer): SlowConsumer {
  if (options === undefined) return policy;
  checkSendOptions(options);
  return options.slowConsumer ?? policy;
}
