import { describe, expect, it } from '@jest/globals';
import { acceptOffer, buildOffer, checkResponse, type DeflatePolicy, serializeOffer } from './negotiate.js';
import { type DeflateAgreement, readParameters } from './parameters.js';
import { type Extension, parseExtensions } from '../handshake/extensions.js';

const ANYTHING: DeflatePolicy = {
  contextTakeover: true,
  peerContextTakeover: true,
  windowBits: 15,
  peerWindowBits: 15,
};
const FRUGAL: DeflatePolicy = {
  contextTakeover: false,
  peerContextTakeover: false,
  windowBits: 12,
  peerWindowBits: 12,
};

const FULL: DeflateAgreement = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

function extensions(line: string): readonly Extension[] {
  const parsed = parseExtensions([line]);
  if (parsed === undefined) throw new TypeError(line);
  return parsed;
}

describe('Parameters of permessage-deflate (RFC 7692 §7.1)', () => {
  it.each([
    'server_no_context_takeover=1',
    'client_no_context_takeover=true',
    'server_max_window_bits',
    'server_max_window_bits=7',
    'server_max_window_bits=16',
    'server_max_window_bits=08',
    'server_max_window_bits=1e1',
    'client_max_window_bits=7',
    'client_max_window_bits=16',
    'client_max_window_bits=x',
    'unknown',
    'server_no_context_takeover; server_no_context_takeover',
    'server_max_window_bits=10; server_max_window_bits=11',
  ])('are invalid: %s', (parameters) => {
    const [extension] = extensions(`permessage-deflate; ${parameters}`);
    expect(readParameters(extension?.parameters ?? [])).toBeUndefined();
  });
});

describe('A server that answers offers (RFC 7692 §5, §7.1)', () => {
  const P = 'permessage-deflate';

  it.each<[string, DeflatePolicy, string | undefined, Partial<DeflateAgreement>]>([
    [P, ANYTHING, P, FULL],
    [`${P}; client_max_window_bits`, ANYTHING, `${P}; client_max_window_bits=15`, FULL],
    [`${P}; client_max_window_bits=10`, ANYTHING, `${P}; client_max_window_bits=10`, { clientMaxWindowBits: 10 }],
    [`${P}; server_max_window_bits=8`, ANYTHING, `${P}; server_max_window_bits=8`, { serverMaxWindowBits: 8 }],
    [`${P}; server_max_window_bits="9"`, ANYTHING, `${P}; server_max_window_bits=9`, { serverMaxWindowBits: 9 }],
    [
      `${P}; server_no_context_takeover`,
      ANYTHING,
      `${P}; server_no_context_takeover`,
      { serverNoContextTakeover: true, clientNoContextTakeover: false },
    ],
    [
      `${P}; client_no_context_takeover`,
      ANYTHING,
      `${P}; client_no_context_takeover`,
      { serverNoContextTakeover: false, clientNoContextTakeover: true },
    ],
    [
      P,
      FRUGAL,
      `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12`,
      { serverMaxWindowBits: 12, clientMaxWindowBits: 15 },
    ],
    [
      `${P}; client_max_window_bits`,
      FRUGAL,
      `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12`,
      { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
    ],
  ])('%s', (offer, policy, response, agreement) => {
    const accepted = acceptOffer(extensions(offer), policy);
    expect(accepted?.response).toBe(response);
    expect(accepted?.agreement).toMatchObject(agreement);
  });

  it.each(['other', `${P}; unknown`, `${P}; server_max_window_bits`, `${P}; client_max_window_bits=99`])(
    'declines %s',
    (offer) => {
      expect(acceptOffer(extensions(offer), ANYTHING)).toBeUndefined();
    },
  );

  it('takes the first that it can fulfil', () => {
    const offers = `other, ${P}; unknown=1, ${P}; server_max_window_bits=10, ${P}`;
    expect(acceptOffer(extensions(offers), ANYTHING)?.response).toBe(`${P}; server_max_window_bits=10`);
  });
});

describe('A client that checks the answer (RFC 6455 §4.1; RFC 7692 §7.1)', () => {
  const P = 'permessage-deflate';
  const any = buildOffer(ANYTHING);
  const frugal = buildOffer(FRUGAL);

  it('offers what its policy says', () => {
    expect(serializeOffer(any)).toBe(`${P}; client_max_window_bits`);
    expect(serializeOffer(frugal)).toBe(
      `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12`,
    );
  });

  it.each([
    ['nothing', '', any, null],
    ['the bare extension', P, any, FULL],
    ['a smaller window for itself', `${P}; client_max_window_bits=9`, any, { ...FULL, clientMaxWindowBits: 9 }],
    ["the server's smaller window", `${P}; server_max_window_bits=9`, any, { ...FULL, serverMaxWindowBits: 9 }],
    ['no takeover that it did not ask for', `${P}; server_no_context_takeover`, any, { serverNoContextTakeover: true }],
    [
      'its own frugality, repeated or not',
      `${P}; server_no_context_takeover; server_max_window_bits=12`,
      frugal,
      { clientNoContextTakeover: true, clientMaxWindowBits: 12 },
    ],
  ])('accepts %s', (_, response, offer, agreement) => {
    const checked = checkResponse(extensions(response), offer);
    if (agreement === null) expect(checked).toBeNull();
    else expect(checked).toMatchObject({ ...agreement });
  });

  it.each([
    ['an extension that nobody offered', P, undefined],
    ['another extension', 'other', any],
    ['the extension twice', `${P}, ${P}`, any],
    ['an unknown parameter', `${P}; unknown`, any],
    ['a window that is none', `${P}; server_max_window_bits=7`, any],
    ['client_max_window_bits without a value', `${P}; client_max_window_bits`, any],
    [
      'client_max_window_bits, not offered',
      `${P}; client_max_window_bits=9`,
      { ...any, clientMaxWindowBits: undefined },
    ],
    ['takeover after no takeover was asked for', `${P}; server_max_window_bits=12`, frugal],
    ['a larger window than was asked for', `${P}; server_no_context_takeover; server_max_window_bits=13`, frugal],
    ['the largest window instead', `${P}; server_no_context_takeover`, frugal],
  ])('fails on %s', (_, response, offer) => {
    expect(checkResponse(extensions(response), offer)).toBeUndefined();
  });
});
