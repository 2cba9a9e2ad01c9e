import { type DeflateAgreement, Role } from '@nestwire/protocol';
import type { ResolvedDeflate } from './deflate-options.js';
import { MessageDeflater } from './message-deflater.js';
import { MessageInflater } from './message-inflater.js';

/** What was agreed upon: a deflater for what is sent, an inflater for what comes. RFC 7692 §7. */
export class DeflateCodec {
  readonly deflater: MessageDeflater;
  readonly inflater: MessageInflater;
  readonly thresholdBytes: number;
  /** Whether a message may refer to earlier ones, in either direction: then it is one connection's own. */
  readonly remembers: boolean;

  constructor(agreement: DeflateAgreement, role: Role, options: ResolvedDeflate, maxMessageBytes: number) {
    const server = { windowBits: agreement.serverMaxWindowBits, contextTakeover: !agreement.serverNoContextTakeover };
    const client = { windowBits: agreement.clientMaxWindowBits, contextTakeover: !agreement.clientNoContextTakeover };
    const [own, peer] = role === Role.Server ? [server, client] : [client, server];
    const { contextTakeover, windowBits } = options.policy;
    const looksBack = own.contextTakeover && contextTakeover;
    this.remembers = looksBack || peer.contextTakeover;
    this.deflater = new MessageDeflater({
      // An end may always do less than it was allowed: a smaller window, and no look back.
      windowBits: Math.min(own.windowBits, windowBits),
      contextTakeover: looksBack,
      level: options.level,
      memLevel: options.memLevel,
    });
    this.inflater = new MessageInflater({ ...peer, maxMessageBytes });
    this.thresholdBytes = options.thresholdBytes;
  }
}
