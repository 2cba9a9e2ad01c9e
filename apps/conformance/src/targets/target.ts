import type { Opening } from '../wire/opening.js';
import type { Peer } from '../wire/peer.js';

/** What is tested: an end that echoes every message, and a way to connect with it. */
export interface Target {
  readonly name: TargetName;
  /** Opens a connection; the peer plays the other role. */
  open(opening: Opening): Promise<Peer>;
  close(): Promise<void>;
}

export const TARGET_NAMES = ['server', 'client', 'ws-server', 'ws-client'] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

/** The limits that every target is given, so that every case has one outcome. */
export const LIMITS = { maxMessageBytes: 64 * 1024 * 1024, maxFragments: 131_072 } as const;
