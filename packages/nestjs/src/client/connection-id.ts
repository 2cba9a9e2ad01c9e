import { randomBytes } from 'node:crypto';

/** This process, among all that clients may be connected to: 8 random bytes. */
export const NODE_ID = randomBytes(8).toString('base64url');

/** Numbers begin with 1. */
let last = 0;

/** The next number of a connection in this process. */
export function nextConnectionNumber(): number {
  return ++last;
}

/** A connection's name on all nodes; put together only where somebody asks. */
export function connectionId(number: number): string {
  return `${NODE_ID}.${number.toString(36)}`;
}

/** The number in a name that {@link connectionId} has made in this process; `undefined` for any other. */
export function connectionNumber(id: string): number | undefined {
  const number = parseInt(id.slice(NODE_ID.length + 1), 36);
  return connectionId(number) === id ? number : undefined;
}
