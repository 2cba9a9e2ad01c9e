import type { TargetPorts } from './server-under-attack.js';

/** One way to do harm, and what it comes to. */
export interface Attack {
  readonly name: string;
  /** What the attackers saw, counted. */
  readonly run: (ports: TargetPorts) => Promise<Readonly<Record<string, number>>>;
  /** The same, as it is defined. */
  readonly outcome: Readonly<Record<string, unknown>>;
  /** How the server says that the connections ended, as far as there were some; none ends in another way. */
  readonly causes?: Readonly<Record<string, number>>;
  /** The limits that it is stopped by, by the names under which the server counts them; it meets no other. */
  readonly limits?: readonly string[];
  /** Those that it may meet besides, where the machine takes long enough. */
  readonly mayMeet?: readonly string[];
}
