import { type DeflatePolicy, MAX_WINDOW_BITS, MIN_WINDOW_BITS } from '@nestwire/protocol';

/** permessage-deflate, RFC 7692. Compression costs time for every message, and memory for every connection with takeover. */
export interface DeflateOptions {
  /**
   * Whether this end's messages may refer to its earlier ones (§7.1.1): smaller messages, for 2^`windowBits` bytes a
   * connection and the work of reading them anew for each message.
   * @default false
   */
  readonly contextTakeover?: boolean;
  /**
   * Whether the peer's messages may; costs as much again.
   * @default false
   */
  readonly peerContextTakeover?: boolean;
  /**
   * This end's window, 8–15 bits (§7.1.2). Above 12 zlib takes several times as long for small messages.
   * @default 12
   */
  readonly windowBits?: number;
  /**
   * The peer's window, where it lets itself be told.
   * @default 12
   */
  readonly peerWindowBits?: number;
  /**
   * Messages below this size, in bytes, are sent as they are.
   * @default 1024
   */
  readonly thresholdBytes?: number;
  /**
   * zlib's level, 1 (fast) to 9 (small).
   * @default 3
   */
  readonly level?: number;
  /**
   * zlib's memory, 1 to 9.
   * @default 4
   */
  readonly memLevel?: number;
}

export interface ResolvedDeflate {
  readonly policy: DeflatePolicy;
  readonly thresholdBytes: number;
  readonly level: number;
  readonly memLevel: number;
}

/** @throws RangeError for an option out of its range. */
export function resolveDeflate(options: boolean | DeflateOptions | undefined): ResolvedDeflate | undefined {
  if (options === undefined || options === false) return undefined;
  const given = options === true ? {} : options;
  return {
    policy: {
      contextTakeover: given.contextTakeover ?? false,
      peerContextTakeover: given.peerContextTakeover ?? false,
      windowBits: checked('windowBits', given.windowBits ?? 12, MIN_WINDOW_BITS, MAX_WINDOW_BITS),
      peerWindowBits: checked('peerWindowBits', given.peerWindowBits ?? 12, MIN_WINDOW_BITS, MAX_WINDOW_BITS),
    },
    thresholdBytes: checked('thresholdBytes', given.thresholdBytes ?? 1024, 0, Infinity),
    level: checked('level', given.level ?? 3, 1, 9),
    memLevel: checked('memLevel', given.memLevel ?? 4, 1, 9),
  };
}

function checked(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most) || (value !== Infinity && !Number.isInteger(value))) {
    throw new RangeError(`${name} must be an integer from ${String(least)} to ${String(most)}, not ${String(value)}`);
  }
  return value;
}
