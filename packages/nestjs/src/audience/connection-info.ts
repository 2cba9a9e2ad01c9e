import type { UserId } from '@nestwire/envelope';

/** What is known of a connection, on whatever node it is. */
export interface ConnectionInfo {
  /** The client's `id`. */
  readonly id: string;
  /** Whom it speaks for; `undefined` while nobody is known. */
  readonly userId: UserId | undefined;
  readonly rooms: readonly string[];
  /** The path that it asked for, without the query. */
  readonly path: string;
  /** The peer's address; `undefined` on a unix socket. */
  readonly remoteAddress: string | undefined;
  /** When its handshake was done, in milliseconds since 1970. */
  readonly openedAt: number;
}
