import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, openChannels, SOCKET_IO_PONG } from './channel.js';
import type { LoadTask, Target } from './load-task.js';
import { ReplyCheck } from './reply-check.js';
import { ReplyReader } from './reply-reader.js';
import { MessageRing } from '../messages/message-ring.js';

type TrafficTask = Exclude<LoadTask, { kind: 'handshakes' | 'idle' }>;

/** So far apart begin connections in the ring, so that a reply on the wrong one is found out. */
const START_STRIDE = 7;

/** One of the connections: what it sends next, and what it is sent. */
export class TrafficConnection {
  /** The place of the next message to send. */
  place: number;
  replies = 0;
  readonly reader: ReplyReader;

  constructor(
    readonly channel: Channel,
    private readonly ring: MessageRing,
    check: ReplyCheck,
    start: number,
  ) {
    this.place = start;
    this.reader = new ReplyReader(check, start, () => channel.write(SOCKET_IO_PONG));
  }

  send(count: number): void {
    this.channel.write(this.ring.slice(this.place, count));
    this.place += count;
  }
}

/** The connections of one run, with what they send, and the first thing that went wrong with any of them. */
export class Traffic {
  readonly check: ReplyCheck;
  readonly connections: TrafficConnection[] = [];
  /** All that came. */
  replies = 0;
  private readonly ring: MessageRing;
  private failed: Error | undefined;
  private reportFailure: (error: Error) => void = () => undefined;

  constructor(
    private readonly task: TrafficTask,
    burst: number,
  ) {
    this.ring = new MessageRing({ shape: task.shape, compression: task.compression, burst, masked: true });
    this.check = new ReplyCheck(this.ring, task.compression);
  }

  /**
   * Opens the connections. Each begins at another place of the ring, of which its path tells, unless messages refer to earlier ones.
   *
   * @param onReplies - called with how many replies a chunk has brought.
   */
  async open(target: Target, onReplies: (connection: TrafficConnection, replies: number) => void): Promise<void> {
    const { connections, compression, kind } = this.task;
    const startOf = (index: number): number =>
      compression === 'takeover' || kind === 'broadcast' ? 0 : (index * START_STRIDE) % this.ring.length;
    const channels = await openChannels(connections, (index) => ({
      ...target,
      path: withStart(target.path, startOf(index)),
      compression,
    }));
    for (const [index, channel] of channels.entries()) {
      const connection = new TrafficConnection(channel, this.ring, this.check, startOf(index));
      this.connections.push(connection);
      channel.onEnd = (error) => this.fail(error);
      channel.onChunk = (chunk) => {
        try {
          const replies = connection.reader.read(chunk);
          connection.replies += replies;
          this.replies += replies;
          if (replies > 0 && this.failed === undefined) onReplies(connection, replies);
        } catch (error) {
          this.fail(error as Error);
        }
      };
    }
  }

  /** Waits for the work; @throws what went wrong with a connection meanwhile. */
  async during<T>(work: Promise<T>): Promise<T> {
    const failure = new Promise<never>((_, reject) => {
      if (this.failed !== undefined) reject(this.failed);
      else this.reportFailure = reject;
    });
    return Promise.race([work, failure]);
  }

  /** Waits until the server has begun to answer, and then for so long. */
  async warmUp(ms: number): Promise<void> {
    const answered = async (): Promise<void> => {
      while (this.replies === 0 && this.failed === undefined) await delay(1);
      await delay(ms);
    };
    await this.during(answered());
  }

  close(): void {
    for (const { channel } of this.connections) channel.destroy();
  }

  private fail(error: Error): void {
    this.failed ??= error;
    this.reportFailure(error);
  }
}

function withStart(path: string, start: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}start=${String(start)}`;
}
