import { CloseCode, type LimitsHit, type ConnectionRequest } from '@nestwire/engine';
import type { UserId } from '@nestwire/envelope';
import type { PathServer } from './path-server.js';
import { Audience } from '../audience/audience.js';
import type { ConnectionInfo } from '../audience/connection-info.js';
import { LocalReach } from '../audience/local-reach.js';
import type { Room } from '../audience/room.js';
import { EVERYBODY } from '../audience/target.js';
import { LazyEmitter } from '../client/lazy-emitter.js';
import type { AnyClient } from '../client/nestwire-client.js';
import { MessageCounts } from '../message/message-counts.js';
import type { CodeOrEntry, PushData, SendArguments } from '../message/pattern.js';

/** What it tells those who listen, as the server of `ws` does. */
export interface NestwireServerEvents {
  /** A client has connected; the gateways know of it. */
  connection: [client: AnyClient, request: ConnectionRequest];
  /** All connections have ended. */
  close: [];
}

const NOBODY: ReadonlySet<AnyClient> = new Set();
const NOTHING = new MessageCounts();

/**
 * The clients of one path, and what is said to them: what `@WebSocketServer()` gives a gateway, and `NestwireModule` a service or a
 * controller. Before the application has started there is nobody to reach.
 *
 * What is sent is on its way when a call returns; each connection gets it at most once, and who is not connected misses it.
 */
export class NestwireServer extends LazyEmitter<NestwireServerEvents> {
  /** @internal What serves the path, once it is served. */
  running: PathServer | undefined = undefined;
  private readonly reach = new LocalReach();
  private readonly everybody = new Audience(this.reach, EVERYBODY);

  /** @internal The path is served from now on. */
  attach(running: PathServer): void {
    this.running = running;
    running.handles.push(this);
    this.reach.attach(running.members);
  }

  /** @internal Tells its listeners: what one of them throws must not keep others from hearing. */
  tell(running: PathServer, event: keyof NestwireServerEvents, ...args: readonly unknown[]): void {
    // Injected as the only one, it may have been attached to several.
    if (this.running !== running) return;
    try {
      this.emit(event, ...args);
    } catch (exception) {
      running.reportUnexpected(exception);
    }
  }

  /** @internal It could be any of several: whoever uses it is told so. */
  refuse(problem: string): void {
    this.reach.refuse(problem);
  }

  /** Where the gateways are; it may be a pattern. Empty before the application has started. */
  get path(): string {
    return this.running?.path ?? '';
  }

  /** What came of the messages of this path. */
  get counts(): MessageCounts {
    return this.running?.counts ?? NOTHING;
  }

  /** The codes that the path's gateways subscribe to. */
  get codes(): readonly number[] {
    return this.running?.routes.codes ?? [];
  }

  /** How often peers ran into each of the engine's limits here, by its name; {@link counts} has the limits of messages and users. */
  get limitsHit(): Partial<LimitsHit> {
    return this.running?.limitsHit ?? {};
  }

  /** Whether the application has as many connections as it may have (`maxConnections`), on all of its paths. */
  get isFull(): boolean {
    return this.running?.options.limits?.isFull ?? false;
  }

  /** The clients on this node whose connections are not closed yet, also those whom `handleConnection` may still refuse. */
  get clients(): ReadonlySet<AnyClient> {
    return this.reach.local?.all ?? NOBODY;
  }

  /**
   * Those in these rooms.
   *
   * @throws TypeError for what is no room's name, or without one.
   */
  to(...rooms: readonly Room[]): Audience {
    return this.everybody.to(...rooms);
  }

  /**
   * This user's connections on this path: those whose principal has this `userId`; 7 and `'7'` are one user.
   *
   * @throws TypeError for what is no user's id.
   */
  toUser(userId: UserId): Audience {
    return this.everybody.toUser(userId);
  }

  /**
   * One connection, by its `id`: a client's, or what `connections()` has told. One that has gone is nobody.
   *
   * @throws TypeError for what is no string, or an empty one.
   */
  toConnection(id: string): Audience {
    return this.everybody.toConnection(id);
  }

  /**
   * Everybody but these clients, and those in these rooms.
   *
   * @throws TypeError for what is neither, or without one.
   */
  except(...others: readonly (AnyClient | Room)[]): Audience {
    return this.everybody.except(...others);
  }

  /**
   * Pushes a message to everybody: not to those whose `handleConnection` is at work, nor, where a principal is required, to those who
   * have none. `options` have what becomes of it where one reads too slowly.
   *
   * @throws RangeError for a code that is no integer from 1 to 2147483647, or a policy that is none.
   * @throws TypeError for data that the codec can't encode, if there is anybody; for a key that is no string.
   */
  broadcast<To extends CodeOrEntry>(to: To, ...args: SendArguments<PushData<To>>): void {
    this.everybody.send(to, ...args);
  }

  /** What is known of everybody. */
  connections(): Promise<ConnectionInfo[]> {
    return this.everybody.connections();
  }

  /**
   * Closes the connections of an audience, or this one, by a closing handshake.
   *
   * ```ts
   * server.disconnect(server.toUser(7), 4403, 'banned');
   * ```
   *
   * @param closeCode - what a server may send. @default 1000
   * @param closeReason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that may not be sent, or a longer reason.
   */
  disconnect(target: Audience | AnyClient, closeCode: number = CloseCode.NormalClosure, closeReason = ''): void {
    if (target instanceof Audience) target.disconnect(closeCode, closeReason);
    else target.close(closeCode, closeReason);
  }

  /** Whether the application ends: new connections are refused, and the open ones are being closed. */
  get isClosing(): boolean {
    return this.running?.isClosing ?? false;
  }

  /**
   * Refuses new connections with 503, closes the open ones with this code, all at once, and waits for what `handleDisconnect` does. When the
   * application ends, the adapter closes them by and by (`shutdown`).
   */
  async close(code: number = CloseCode.GoingAway, reason = ''): Promise<void> {
    await this.running?.close(code, reason);
  }
}
