import {
  type DeflateAgreement,
  type DeflateParameters,
  MAX_WINDOW_BITS,
  PERMESSAGE_DEFLATE,
  readParameters,
  writeParameters,
} from './parameters.js';
import { type Extension, serializeExtension } from '../handshake/extensions.js';

/** What an end wants of permessage-deflate, as far as its peer lets it choose. RFC 7692 §7. */
export interface DeflatePolicy {
  /** Whether this end's messages may refer to its earlier ones. */
  readonly contextTakeover: boolean;
  /** Whether the peer's may. */
  readonly peerContextTakeover: boolean;
  /** This end's window, 8–15 bits. */
  readonly windowBits: number;
  /** The peer's, where it lets itself be told. */
  readonly peerWindowBits: number;
}

export interface AcceptedOffer {
  readonly agreement: DeflateAgreement;
  /** For the 101's `Sec-WebSocket-Extensions`. */
  readonly response: string;
}

/**
 * A server's choice: the first of the client's offers that it can fulfil, "in the order of preference" (§5.1). Offers that
 * are invalid, and other extensions, are declined by not being answered.
 */
export function acceptOffer(offers: readonly Extension[], policy: DeflatePolicy): AcceptedOffer | undefined {
  for (const { name, parameters } of offers) {
    if (name !== PERMESSAGE_DEFLATE) continue;
    const offer = readParameters(parameters);
    if (offer !== undefined) return answer(offer, policy);
  }
  return undefined;
}

function answer(offer: DeflateParameters, policy: DeflatePolicy): AcceptedOffer {
  const serverMaxWindowBits = Math.min(offer.serverMaxWindowBits ?? MAX_WINDOW_BITS, policy.windowBits);
  const clientMaxWindowBits = clientBitsFor(offer.clientMaxWindowBits, policy.peerWindowBits);
  const agreement: DeflateAgreement = {
    serverNoContextTakeover: offer.serverNoContextTakeover || !policy.contextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || !policy.peerContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  };
  const response = writeParameters({
    ...agreement,
    // "A server may include the 'server_max_window_bits' extension parameter … even if" it was not offered (§7.1.2.1).
    serverMaxWindowBits:
      offer.serverMaxWindowBits === undefined && serverMaxWindowBits === MAX_WINDOW_BITS
        ? undefined
        : serverMaxWindowBits,
    // "If a received extension negotiation offer doesn't have the 'client_max_window_bits' …, the corresponding … response
    // … MUST NOT include" it (§7.1.2.2).
    clientMaxWindowBits: offer.clientMaxWindowBits === undefined ? undefined : clientMaxWindowBits,
  });
  return { agreement, response: serializeExtension(response) };
}

function clientBitsFor(offered: number | true | undefined, wanted: number): number {
  if (offered === undefined) return MAX_WINDOW_BITS;
  return offered === true ? wanted : Math.min(offered, wanted);
}

/** A client's offer. It can always be told a smaller window. */
export function buildOffer(policy: DeflatePolicy): DeflateParameters {
  return {
    serverNoContextTakeover: !policy.peerContextTakeover,
    clientNoContextTakeover: !policy.contextTakeover,
    serverMaxWindowBits: policy.peerWindowBits === MAX_WINDOW_BITS ? undefined : policy.peerWindowBits,
    clientMaxWindowBits: policy.windowBits === MAX_WINDOW_BITS ? true : policy.windowBits,
  };
}

export function serializeOffer(offer: DeflateParameters): string {
  return serializeExtension(writeParameters(offer));
}

/**
 * A client's check of the server's answer to its one offer.
 *
 * @returns `null` where the server declined all extensions; `undefined` where it answered what was not offered, or with
 * parameters that the offer rules out: then the client MUST fail the connection (RFC 6455 §4.1; RFC 7692 §7.1).
 */
export function checkResponse(
  extensions: readonly Extension[],
  offer: DeflateParameters | undefined,
): DeflateAgreement | null | undefined {
  const [extension, ...more] = extensions;
  if (extension === undefined) return null;
  if (offer === undefined || more.length > 0 || extension.name !== PERMESSAGE_DEFLATE) return undefined;
  const response = readParameters(extension.parameters);
  if (response === undefined) return undefined;
  // "A server accepts … by including the 'server_no_context_takeover' extension parameter in the … response" (§7.1.1.1).
  if (offer.serverNoContextTakeover && !response.serverNoContextTakeover) return undefined;
  // "… by including [server_max_window_bits] with the same or smaller value as the offer" (§7.1.2.1).
  const serverMaxWindowBits = response.serverMaxWindowBits ?? MAX_WINDOW_BITS;
  if (serverMaxWindowBits > (offer.serverMaxWindowBits ?? MAX_WINDOW_BITS)) return undefined;
  // In a response client_max_window_bits has a value, and stands only where it was offered (§7.1.2.2).
  const { clientMaxWindowBits } = response;
  if (clientMaxWindowBits === true) return undefined;
  if (clientMaxWindowBits !== undefined && offer.clientMaxWindowBits === undefined) return undefined;
  const ceiling = typeof offer.clientMaxWindowBits === 'number' ? offer.clientMaxWindowBits : MAX_WINDOW_BITS;
  return {
    serverNoContextTakeover: response.serverNoContextTakeover,
    // What the client offered for itself, it keeps to whether or not the server repeats it (§7.1.1.2).
    clientNoContextTakeover: response.clientNoContextTakeover || offer.clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits: Math.min(clientMaxWindowBits ?? MAX_WINDOW_BITS, ceiling),
  };
}
