import { randomBytes } from 'node:crypto';

/** This process, among all that clients may be connected to: 8 random bytes. */
export const NODE_ID = randomBytes(8).toString('base64url');

let last = 0;

/** The next number of a connection in this process. */
export function nextConnectionNumber(): number {
  return ++last;
}

/** A connection's name on all nodes; put together only where somebody asks. */
export function connectionId(number: number): string {
  return `${NODE_ID}.${number.toString(36)}`;
}
