/** The code of the request that clients make. */
export const WORK = 1001;

/** What a newcomer's query has: it comes to see whether it is let in, and goes. */
export const NEWCOMER = 'newcomer';

/** What the server knows of its messages and connections. */
export interface ServerCounts {
  /** Messages that came out of a socket while its connection was open: an answer is owed. */
  readonly accepted: number;
  /** Those that came behind the server's close frame. */
  readonly late: number;
  readonly handled: number;
  /** Clients, newcomers apart, for which `handleDisconnect` was called and its promise had settled. */
  readonly disconnected: number;
}

/** Where it listens, and at its end what it has counted. */
export type ServerSays = { readonly port: number } | { readonly counts: ServerCounts };
