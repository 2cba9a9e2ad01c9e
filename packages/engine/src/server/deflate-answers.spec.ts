import { describe, expect, it } from '@jest/globals';
import { parseExtensions } from '@nestwire/protocol';
import { DeflateAnswers } from './deflate-answers.js';
import { type DeflateOptions, type ResolvedDeflate, resolveDeflate } from '../deflate/deflate-options.js';

const MAX_MESSAGE_BYTES = 1024;
const OFFER = 'permessage-deflate; client_max_window_bits';

function answersOf(options: true | DeflateOptions) {
  const answers = new DeflateAnswers(resolveDeflate(options) as ResolvedDeflate, MAX_MESSAGE_BYTES);
  return (offer: string) => answers.answer(parseExtensions([offer]) ?? []);
}

describe('Answers to offers of permessage-deflate (RFC 7692 §7.1)', () => {
  it('have one codec in common where they are the same and nothing is remembered', () => {
    const answer = answersOf(true);
    expect(answer(OFFER)?.response).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; ' +
        'server_max_window_bits=12; client_max_window_bits=12',
    );
    expect(answer(OFFER)).toBe(answer(`x-other, ${OFFER}; client_no_context_takeover`));
  });

  it.each([
    ['without the window', 'permessage-deflate'],
    ['with another window of the client', 'permessage-deflate; client_max_window_bits=10'],
    ['with another window of the server', `${OFFER}; server_max_window_bits=9`],
  ])('have another where they are not: %s', (_what, offer) => {
    const answer = answersOf(true);
    expect(answer(offer)).not.toBe(answer(OFFER));
    expect(answer(offer)?.codec).not.toBe(answer(OFFER)?.codec);
    expect(answer(offer)).toBe(answer(offer));
  });

  it.each([{ contextTakeover: true }, { peerContextTakeover: true }])('have one each with %j', (options) => {
    const answer = answersOf(options);
    expect(answer(OFFER)?.codec).not.toBe(answer(OFFER)?.codec);
    // Unless the client says that neither end is to remember anything.
    const neither = `${OFFER}; server_no_context_takeover; client_no_context_takeover`;
    expect(answer(neither)?.codec).toBe(answer(neither)?.codec);
  });

  it('are none where nothing can be fulfilled', () => {
    expect(answersOf(true)('permessage-deflate; unknown')).toBeUndefined();
    expect(answersOf(true)('x-other')).toBeUndefined();
  });
});
