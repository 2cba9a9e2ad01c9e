import type { UserId } from '@nestwire/envelope';

/**
 * Whom something is for, in words that mean the same on every node: rooms and users by their canonical names, connections by their ids.
 * Neither rooms nor users nor connections: everybody.
 */
export interface Target {
  readonly rooms: readonly string[];
  readonly users: readonly UserId[];
  readonly connections: readonly string[];
  readonly exceptRooms: readonly string[];
  readonly exceptUsers: readonly UserId[];
  readonly exceptConnections: readonly string[];
}

export const EVERYBODY: Target = {
  rooms: [],
  users: [],
  connections: [],
  exceptRooms: [],
  exceptUsers: [],
  exceptConnections: [],
};
