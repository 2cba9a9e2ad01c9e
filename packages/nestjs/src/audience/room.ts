/** A room's name; 7 and `'7'` are one room. */
export type Room = string | number;

const MAX_ROOM_LENGTH = 256;

/**
 * The name by which a room is known on all nodes.
 *
 * @throws TypeError for what is neither a safe integer from 0 nor a string of 1 to 256 characters.
 */
export function canonicalRoom(room: Room): string {
  const name: unknown = room;
  if (typeof name === 'number' && Number.isSafeInteger(name) && name >= 0) return String(name);
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_ROOM_LENGTH) return name;
  const given = typeof name === 'string' ? `a string of ${String(name.length)} characters` : String(name);
  throw new TypeError(`A room is a string of 1 to 256 characters, or an integer from 0, not ${given}`);
}
