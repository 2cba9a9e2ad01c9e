import { DEFAULT_MAX_FRAGMENTS, DEFAULT_MAX_MESSAGE_BYTES, type FrameParserOptions } from './frame-parser-options.js';
import type { Allocate } from './message-buffer.js';
import { Role } from '../role.js';

/** No message is longer than 2 GiB less one byte, not even without a limit: platforms can't hold it in one array. */
export const LONGEST_MESSAGE_BYTES = 0x7fff_ffff;

/** Options with their defaults: one for all the parsers that are to be alike, each of which then keeps nothing but it. */
export class FrameParserSettings {
  readonly role: Role;
  readonly expectsMask: boolean;
  readonly compression: boolean;
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
  readonly allocate: Allocate;

  private withCompression: FrameParserSettings | undefined;

  constructor(options: FrameParserOptions) {
    this.role = options.role;
    this.expectsMask = options.role === Role.Server;
    this.compression = options.compression === true;
    this.maxMessageBytes = Math.min(options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES, LONGEST_MESSAGE_BYTES);
    this.maxFragments = options.maxFragments ?? DEFAULT_MAX_FRAGMENTS;
    this.allocate = options.allocate ?? ((size) => new Uint8Array(size));
  }

  /** The same where permessage-deflate was agreed upon. */
  get compressed(): FrameParserSettings {
    return (this.withCompression ??= new FrameParserSettings({ ...this, compression: true }));
  }
}
