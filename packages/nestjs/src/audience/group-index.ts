import type { AnyClient } from '../client/nestwire-client.js';

const NOBODY: ReadonlySet<AnyClient> = new Set();

/** Which of a path's clients belong together: those in a room, or those of a user. */
export class GroupIndex {
  private readonly groups = new Map<string, Set<AnyClient>>();

  /** The members, in the order in which they came. */
  membersOf(key: string): ReadonlySet<AnyClient> {
    return this.groups.get(key) ?? NOBODY;
  }

  add(key: string, client: AnyClient): void {
    const members = this.groups.get(key);
    if (members === undefined) this.groups.set(key, new Set([client]));
    else members.add(client);
  }

  /** A group without members is none. */
  remove(key: string, client: AnyClient): void {
    const members = this.groups.get(key);
    if (members?.delete(client) === true && members.size === 0) this.groups.delete(key);
  }
}
