import { acceptOffer, type Extension, Role } from '@nestwire/protocol';
import { DeflateCodec } from '../deflate/deflate-codec.js';
import type { ResolvedDeflate } from '../deflate/deflate-options.js';

export interface DeflateAnswer {
  /** For the 101's `Sec-WebSocket-Extensions`. */
  readonly response: string;
  readonly codec: DeflateCodec;
}

/**
 * What a server answers to offers of permessage-deflate. Connections that agreed upon the same, and of which nothing is remembered from one
 * message to the next, have one codec in common: so the idle ones cost nothing for it.
 */
export class DeflateAnswers {
  /** By the response, which says all of the agreement; there are some hundreds at most, whatever is offered. */
  private readonly shared = new Map<string, DeflateAnswer>();

  constructor(
    private readonly options: ResolvedDeflate,
    private readonly maxMessageBytes: number,
  ) {}

  /** To the first offer that can be fulfilled. */
  answer(offers: readonly Extension[]): DeflateAnswer | undefined {
    const accepted = acceptOffer(offers, this.options.policy);
    if (accepted === undefined) return undefined;
    const { agreement, response } = accepted;
    const known = this.shared.get(response);
    if (known !== undefined) return known;
    const codec = new DeflateCodec(agreement, Role.Server, this.options, this.maxMessageBytes);
    const answer = { response, codec };
    if (!codec.remembers) this.shared.set(response, answer);
    return answer;
  }
}
