import { checkSendOptions, CloseCode, Role, type SendOptions, serializeCloseBody } from '@nestwire/engine';
import { isUserId, type OutgoingEnvelope, type UserId } from '@nestwire/envelope';
import type { ConnectionInfo } from './connection-info.js';
import { canonicalRoom, type Room } from './room.js';
import type { Target } from './target.js';
import { type AnyClient, NestwireClient } from '../client/nestwire-client.js';
import { type CodeOrEntry, codeToSend, type PushData, type SendArguments } from '../message/pattern.js';
import { withinCode } from '../message/within-code.js';

/**
 * Reaches whom a target means, wherever they are. What it does it does to each connection at most once, and it MUST NOT throw for what a
 * connection does.
 */
export interface Reach {
  /** `options` have been checked. */
  deliver(target: Target, envelope: OutgoingEnvelope, options?: SendOptions): void;
  disconnect(target: Target, closeCode: number, closeReason: string): void;
  /** `rooms` are canonical names. */
  join(target: Target, rooms: readonly string[]): void;
  leave(target: Target, rooms: readonly string[]): void;
  describe(target: Target): Promise<ConnectionInfo[]>;
}

/**
 * Those whom something is for: rooms, users and single connections together, each connection once, less those excepted. It holds
 * names, not connections: who is meant is looked up at each call.
 *
 * ```ts
 * server.to('room-7').except(client).send(1001, { text });
 * ```
 */
export class Audience {
  /** @internal */
  constructor(
    private readonly reach: Reach,
    private readonly target: Target,
  ) {}

  /**
   * Those in these rooms as well.
   *
   * @throws TypeError for what is no room's name, or without one.
   */
  to(...rooms: readonly Room[]): Audience {
    return this.with({ rooms: [...this.target.rooms, ...namesOf(rooms)] });
  }

  /**
   * This user's connections as well, on this path: those whose principal has this `userId`; 7 and `'7'` are one user.
   *
   * @throws TypeError for what is no user's id.
   */
  toUser(userId: UserId): Audience {
    return this.with({ users: [...this.target.users, checkUserId(userId)] });
  }

  /**
   * This connection as well, by its `id`: a client's, or what `connections()` has told. One that has gone is nobody.
   *
   * @throws TypeError for what is no string, or an empty one.
   */
  toConnection(id: string): Audience {
    const given: unknown = id;
    if (typeof given !== 'string' || given === '') {
      throw new TypeError(`toConnection() takes the id of a client, not ${JSON.stringify(id)}`);
    }
    return this.with({ connections: [...this.target.connections, id] });
  }

  /**
   * Not these clients, nor those in these rooms.
   *
   * @throws TypeError for what is neither, or without one.
   */
  except(...others: readonly (AnyClient | Room)[]): Audience {
    if (others.length === 0) throw new TypeError('except() takes clients and rooms: name one');
    const clients = others.filter((other) => other instanceof NestwireClient);
    const rooms = others.filter((other): other is Room => !(other instanceof NestwireClient));
    const { exceptRooms, exceptConnections } = this.target;
    return this.with({
      exceptRooms: [...exceptRooms, ...rooms.map(canonicalRoom)],
      exceptConnections: [...exceptConnections, ...clients.map(({ id }) => id)],
    });
  }

  /**
   * Not this user's connections.
   *
   * @throws TypeError for what is no user's id.
   */
  exceptUser(userId: UserId): Audience {
    return this.with({ exceptUsers: [...this.target.exceptUsers, checkUserId(userId)] });
  }

  /**
   * Pushes a message to each; encoded once for each format, and framed once. It names a user (`userId`) where it is for one
   * user alone. Who is not connected misses it. What becomes of it where one reads too slowly, `options` say, or that
   * client's path: no one else waits for that one.
   *
   * ```ts
   * server.to(symbol).send(2001, price, { slowConsumer: 'keep-newest', key: symbol });
   * ```
   *
   * @throws RangeError for a code that is no integer from 1 to 2147483647, or a policy that is none.
   * @throws TypeError for data that the codec can't encode, if it is for anybody; for a key that is no string.
   */
  send<To extends CodeOrEntry>(to: To, ...[data, options]: SendArguments<PushData<To>>): void {
    const code = codeToSend(to);
    if (options !== undefined) checkSendOptions(options);
    const { rooms, users, connections } = this.target;
    const isForOneUser = rooms.length + connections.length === 0 && users.length === 1;
    const envelope = { userId: isForOneUser ? users[0] : undefined, code, data };
    this.reach.deliver(this.target, envelope, options && withinCode(options, code));
  }

  /**
   * Closes each connection by a closing handshake.
   *
   * @param closeCode - what a server may send. @default 1000
   * @param closeReason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that may not be sent, or a longer reason.
   */
  disconnect(closeCode: number = CloseCode.NormalClosure, closeReason = ''): void {
    serializeCloseBody(closeCode, closeReason, Role.Server);
    this.reach.disconnect(this.target, closeCode, closeReason);
  }

  /**
   * Has each enter these rooms; who comes later is not in them.
   *
   * @throws TypeError for what is neither a string of 1 to 256 characters nor a safe integer from 0.
   */
  join(...rooms: readonly Room[]): void {
    this.reach.join(this.target, rooms.map(canonicalRoom));
  }

  /**
   * Has each leave these rooms.
   *
   * @throws TypeError for what is no room's name.
   */
  leave(...rooms: readonly Room[]): void {
    this.reach.leave(this.target, rooms.map(canonicalRoom));
  }

  /** What is known of the connections. */
  connections(): Promise<ConnectionInfo[]> {
    return this.reach.describe(this.target);
  }

  private with(change: Partial<Target>): Audience {
    return new Audience(this.reach, { ...this.target, ...change });
  }
}

function namesOf(rooms: readonly Room[]): string[] {
  // Nobody's room would be everybody's.
  if (rooms.length === 0) throw new TypeError('to() takes rooms: name one, or use broadcast()');
  return rooms.map(canonicalRoom);
}

function checkUserId(userId: UserId): UserId {
  if (isUserId(userId)) return userId;
  throw new TypeError(
    `A userId is a safe integer from 0, or a string of 1 to 64 characters, not ${JSON.stringify(userId)}`,
  );
}
