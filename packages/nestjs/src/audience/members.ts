import type { SendOptions } from '@nestwire/engine';
import { canonicalUserId, type OutgoingEnvelope, type UserId } from '@nestwire/envelope';
import type { ConnectionInfo } from './connection-info.js';
import { GroupIndex } from './group-index.js';
import { PreparedEnvelope } from './prepared-envelope.js';
import type { Target } from './target.js';
import { connectionNumber } from '../client/connection-id.js';
import type { AnyClient } from '../client/nestwire-client.js';

/** The clients of a path on this node: which there are, in which rooms, of which users. */
export class Members {
  private readonly live = new Set<AnyClient>();
  /** The clients by the numbers in their ids; there from when somebody has asked for one. */
  private byNumber: Map<number, AnyClient> | undefined = undefined;
  private readonly rooms = new GroupIndex();
  private readonly users = new GroupIndex();

  get all(): ReadonlySet<AnyClient> {
    return this.live;
  }

  add(client: AnyClient): void {
    this.live.add(client);
    this.byNumber?.set(client.number, client);
  }

  /** The end of a client, of which `handleDisconnect` has been told. */
  delete(client: AnyClient): void {
    this.live.delete(client);
    this.byNumber?.delete(client.number);
  }

  join(room: string, client: AnyClient): void {
    this.rooms.add(room, client);
  }

  leave(room: string, client: AnyClient): void {
    this.rooms.remove(room, client);
  }

  /** This client speaks for this user from now on. */
  identify(userId: UserId, client: AnyClient): void {
    this.users.add(canonicalUserId(userId), client);
  }

  /** The user's oldest open connections, as many as there are too many. */
  surplusOf(userId: UserId, limit: number): readonly AnyClient[] {
    const members = this.users.membersOf(canonicalUserId(userId));
    if (members.size <= limit) return [];
    const open = [...members].filter(({ isOpen }) => isOpen);
    return open.slice(0, Math.max(0, open.length - limit));
  }

  /** The client's connection has ended: nothing is sent to it any more. */
  dismiss(client: AnyClient): void {
    for (const room of client.rooms) this.rooms.remove(room, client);
    if (client.principal !== undefined) this.users.remove(canonicalUserId(client.principal.userId), client);
  }

  /** Sends one envelope to whom a target means, once to each. */
  deliver(target: Target, envelope: OutgoingEnvelope, options?: SendOptions): void {
    const message = new PreparedEnvelope(envelope);
    for (const client of this.select(target)) client.sendPrepared(message.as(client.codec), envelope.code, options);
  }

  /** Begins the closing handshake with each whom a target means. */
  disconnect(target: Target, closeCode: number, closeReason: string): void {
    for (const client of this.select(target)) client.close(closeCode, closeReason);
  }

  /** Has each whom a target means enter these rooms. */
  joinAll(target: Target, rooms: readonly string[]): void {
    for (const client of this.select(target)) client.join(...rooms);
  }

  /** Has each whom a target means leave these rooms. */
  leaveAll(target: Target, rooms: readonly string[]): void {
    for (const client of this.select(target)) client.leave(...rooms);
  }

  describe(target: Target): ConnectionInfo[] {
    return [...this.select(target)].filter(({ isOpen }) => isOpen).map(describeConnection);
  }

  private select(target: Target): Iterable<AnyClient> {
    const { rooms, users, connections, exceptRooms, exceptUsers, exceptConnections } = target;
    const groups = [
      ...rooms.map((room) => this.rooms.membersOf(room)),
      ...users.map((userId) => this.users.membersOf(canonicalUserId(userId))),
    ];
    if (connections.length > 0) groups.push(this.named(connections));
    if (groups.length === 0) groups.push(this.admitted());
    const [only] = groups;
    const isExceptional = exceptRooms.length + exceptUsers.length + exceptConnections.length > 0;
    if (groups.length === 1 && only !== undefined && !isExceptional) return only;
    const selected = new Set<AnyClient>();
    for (const group of groups) for (const client of group) selected.add(client);
    for (const room of exceptRooms) for (const client of this.rooms.membersOf(room)) selected.delete(client);
    for (const userId of exceptUsers) {
      for (const client of this.users.membersOf(canonicalUserId(userId))) selected.delete(client);
    }
    if (exceptConnections.length > 0) {
      for (const client of selected) if (exceptConnections.includes(client.id)) selected.delete(client);
    }
    return selected;
  }

  private named(ids: readonly string[]): ReadonlySet<AnyClient> {
    const clients = (this.byNumber ??= new Map([...this.live].map((client) => [client.number, client])));
    const found = ids.map((id) => clients.get(connectionNumber(id) ?? 0));
    return new Set(found.filter((client) => client !== undefined));
  }

  /** Everybody, but who is still at the door: nothing is pushed to one whom `handleConnection` may yet refuse. */
  private admitted(): ReadonlySet<AnyClient> {
    const admitted = new Set<AnyClient>();
    for (const client of this.live) if (client.isAdmitted) admitted.add(client);
    return admitted;
  }
}

function describeConnection({ id, principal, rooms, request, openedAt }: AnyClient): ConnectionInfo {
  return {
    id,
    userId: principal?.userId,
    rooms: [...rooms],
    path: request.path,
    remoteAddress: request.remoteAddress,
    openedAt,
  };
}
