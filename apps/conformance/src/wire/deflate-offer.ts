import type { FlateTerms } from './flate.js';

/** One offer of permessage-deflate. RFC 7692 §7.1. */
export interface DeflateOffer {
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverMaxWindowBits?: number;
  /** `true` without a value. */
  readonly clientMaxWindowBits?: number | true;
}

/** What both directions agreed upon. */
export interface Agreement {
  readonly server: FlateTerms;
  readonly client: FlateTerms;
}

export function writeOffer(offer: DeflateOffer): string {
  const parts = ['permessage-deflate'];
  if (offer.serverNoContextTakeover === true) parts.push('server_no_context_takeover');
  if (offer.clientNoContextTakeover === true) parts.push('client_no_context_takeover');
  if (offer.serverMaxWindowBits !== undefined) {
    parts.push(`server_max_window_bits=${String(offer.serverMaxWindowBits)}`);
  }
  if (offer.clientMaxWindowBits === true) parts.push('client_max_window_bits');
  else if (offer.clientMaxWindowBits !== undefined) {
    parts.push(`client_max_window_bits=${String(offer.clientMaxWindowBits)}`);
  }
  return parts.join('; ');
}

/** @throws Error for what is no offer or answer of permessage-deflate. */
export function readOffer(written: string): DeflateOffer {
  const [name, ...parts] = written.split(';').map((part) => part.trim());
  if (name !== 'permessage-deflate') throw new Error(`${written} is no permessage-deflate`);
  const given = new Map<string, string | true>();
  for (const part of parts) {
    const [key = '', value = true] = part.split('=', 2);
    if (given.has(key)) throw new Error(`${key} stands twice in ${written}`);
    given.set(key, value);
  }
  const offer: { -readonly [Key in keyof DeflateOffer]: DeflateOffer[Key] } = {};
  for (const [key, value] of given) {
    if (key === 'server_no_context_takeover' && value === true) offer.serverNoContextTakeover = true;
    else if (key === 'client_no_context_takeover' && value === true) offer.clientNoContextTakeover = true;
    else if (key === 'client_max_window_bits' && value === true) offer.clientMaxWindowBits = true;
    else if (value === true || !/^(?:[89]|1[0-5])$/.test(value)) throw new Error(`${key} in ${written}`);
    else if (key === 'server_max_window_bits') offer.serverMaxWindowBits = Number(value);
    else if (key === 'client_max_window_bits') offer.clientMaxWindowBits = Number(value);
    else throw new Error(`${key} in ${written}`);
  }
  return offer;
}

/**
 * Reads what a server answered, and holds it to the offer that it answers.
 *
 * @throws Error for an answer that the offer does not allow.
 */
export function readAnswer(written: string, offer: DeflateOffer): Agreement {
  const answer = readOffer(written);
  // "A server accepts … by including the 'server_no_context_takeover' … parameter in the … response" (§7.1.1.1).
  if (offer.serverNoContextTakeover === true && answer.serverNoContextTakeover !== true) {
    throw new Error(`server_no_context_takeover is missing from the answer ${written}`);
  }
  // "… by including [it] … with the same or smaller value as the offer" (§7.1.2.1).
  const serverBits = answer.serverMaxWindowBits ?? 15;
  if (serverBits > (offer.serverMaxWindowBits ?? 15)) throw new Error(`too large a window in ${written}`);
  // In an answer it has a value; without the parameter in the offer, "the … response … MUST NOT include" it (§7.1.2.2).
  const clientBits = answer.clientMaxWindowBits ?? 15;
  if (clientBits === true) throw new Error(`client_max_window_bits without a value in ${written}`);
  if (answer.clientMaxWindowBits !== undefined && offer.clientMaxWindowBits === undefined) {
    throw new Error(`client_max_window_bits was not offered: ${written}`);
  }
  const ceiling = typeof offer.clientMaxWindowBits === 'number' ? offer.clientMaxWindowBits : 15;
  if (answer.clientMaxWindowBits !== undefined && clientBits > ceiling)
    throw new Error(`too large a window in ${written}`);
  return {
    server: { windowBits: serverBits, contextTakeover: answer.serverNoContextTakeover !== true },
    client: {
      windowBits: Math.min(clientBits, ceiling),
      contextTakeover: answer.clientNoContextTakeover !== true && offer.clientNoContextTakeover !== true,
    },
  };
}

/** The answer that asks a client for just what this offer says; the client must have offered permessage-deflate itself. */
export function answerLike(offer: DeflateOffer): { readonly answer: string; readonly agreement: Agreement } {
  const { clientMaxWindowBits, ...rest } = offer;
  // In an answer client_max_window_bits has a value.
  const answered = typeof clientMaxWindowBits === 'number' ? { ...rest, clientMaxWindowBits } : rest;
  return {
    answer: writeOffer(answered),
    agreement: {
      server: {
        windowBits: offer.serverMaxWindowBits ?? 15,
        contextTakeover: offer.serverNoContextTakeover !== true,
      },
      client: {
        windowBits: typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : 15,
        contextTakeover: offer.clientNoContextTakeover !== true,
      },
    },
  };
}
