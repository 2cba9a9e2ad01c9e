import type { Extension, ExtensionParameter } from '../handshake/extensions.js';

/** The name under which permessage-deflate is registered. RFC 7692 §7. */
export const PERMESSAGE_DEFLATE = 'permessage-deflate';

/** Window sizes are given by their base-2 logarithm, "between 8 to 15 inclusive". RFC 7692 §7.1.2. */
export const MIN_WINDOW_BITS = 8;
export const MAX_WINDOW_BITS = 15;

/** The four parameters as they stand in one offer or response. RFC 7692 §7.1. */
export interface DeflateParameters {
  /** The server starts each message with an empty window. §7.1.1.1 */
  readonly serverNoContextTakeover: boolean;
  /** The client does. §7.1.1.2 */
  readonly clientNoContextTakeover: boolean;
  /** The server's window at most; `undefined` where it does not stand. §7.1.2.1 */
  readonly serverMaxWindowBits: number | undefined;
  /** The client's; `true` where an offer has it without a value: "I can, if you say how much". §7.1.2.2 */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** What both ends have agreed upon. */
export interface DeflateAgreement {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** "An integer value without leading zeros between 8 to 15 inclusive". §7.1.2.1 */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/**
 * Reads the parameters of one offer or response.
 *
 * @returns `undefined` where one is unknown, stands twice, or has a value that it must not have: then a server declines the
 * offer (§7.1: "MUST decline"), and a client fails the connection.
 */
export function readParameters(parameters: readonly ExtensionParameter[]): DeflateParameters | undefined {
  const seen = new Map<string, string | true>();
  for (const { name, value } of parameters) {
    if (seen.has(name)) return undefined;
    seen.set(name, value);
    switch (name) {
      case 'server_no_context_takeover':
      case 'client_no_context_takeover':
        if (value !== true) return undefined;
        break;
      case 'server_max_window_bits':
        if (value === true || !WINDOW_BITS.test(value)) return undefined;
        break;
      case 'client_max_window_bits':
        if (value !== true && !WINDOW_BITS.test(value)) return undefined;
        break;
      default:
        return undefined;
    }
  }
  const serverBits = seen.get('server_max_window_bits');
  const clientBits = seen.get('client_max_window_bits');
  return {
    serverNoContextTakeover: seen.has('server_no_context_takeover'),
    clientNoContextTakeover: seen.has('client_no_context_takeover'),
    serverMaxWindowBits: serverBits === undefined ? undefined : Number(serverBits),
    clientMaxWindowBits: clientBits === undefined || clientBits === true ? clientBits : Number(clientBits),
  };
}

/** The parameters as they stand in the field. */
export function writeParameters(parameters: DeflateParameters): Extension {
  const written: ExtensionParameter[] = [];
  if (parameters.serverNoContextTakeover) written.push({ name: 'server_no_context_takeover', value: true });
  if (parameters.clientNoContextTakeover) written.push({ name: 'client_no_context_takeover', value: true });
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  if (serverMaxWindowBits !== undefined) {
    written.push({ name: 'server_max_window_bits', value: String(serverMaxWindowBits) });
  }
  if (clientMaxWindowBits !== undefined) {
    const value = clientMaxWindowBits === true ? true : String(clientMaxWindowBits);
    written.push({ name: 'client_max_window_bits', value });
  }
  return { name: PERMESSAGE_DEFLATE, parameters: written };
}
