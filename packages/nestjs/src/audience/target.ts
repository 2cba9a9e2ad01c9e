import type { UserId } from '@nestwire/envelope';

/**
 * Whom something is for, in words that mean the same on every node: rooms and users by their canonical names, connections by their ids.
 * Neither rooms nor users: everybody.
 */
export interface Target {
  readonly rooms: readonly string[];
  readonly users: readonly UserId[];
  readonly exceptRooms: readonly string[];
  readonly exceptUsers: readonly UserId[];
  readonly exceptConnections: readonly string[];
}

export const EVERYBODY: Target = { rooms: [], users: [], exceptRooms: [], exceptUsers: [], exceptConnections: [] };
