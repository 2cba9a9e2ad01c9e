import type { Allocate } from './message-buffer.js';
import type { Role } from '../role.js';

export interface FrameParserOptions {
  /** Which end this parser is: a server's expects masked frames, a client's unmasked ones. RFC 6455 §5.1. */
  readonly role: Role;
  /**
   * The longest message, in bytes, over all its fragments; a longer one is the violation `message-too-big` as soon as a
   * header announces it. `Infinity` for none (2 GiB remain). Raising it lets one peer hold as much memory.
   * @default 1 MiB
   */
  readonly maxMessageBytes?: number;
  /**
   * The most fragments in one message, empty ones included; `Infinity` for none. Raising it lets a peer keep the parser
   * busy without a message.
   * @default 1024
   */
  readonly maxFragments?: number;
  /**
   * Whether permessage-deflate was agreed upon: then RSV1 on a message's first frame says that it is compressed (RFC 7692
   * §6). `maxMessageBytes` is for the inflater to hold; here a compressed message may be an eighth longer, which is more than
   * what can't be compressed becomes.
   * @default false
   */
  readonly compression?: boolean;
  /** @default a zeroed `Uint8Array` */
  readonly allocate?: Allocate;
}

export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
export const DEFAULT_MAX_FRAGMENTS = 1024;
