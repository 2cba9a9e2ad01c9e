import { isIP } from 'node:net';
import type { HeaderLines } from '@nestwire/protocol';
import { normalizeAddress } from './proxy-addresses.js';

/** What one proxy says of the request as it came to it. */
export interface Hop {
  /** `undefined` where the proxy does not know, or does not tell. RFC 7239 §6. */
  readonly address: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

/** `forwarded-pair` of RFC 7239 §4: a token or a quoted string; then what separates it from the next. */
const PAIR = /[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))[ \t]*)?([,;]|$)/y;

/** `"[2001:db8::17]:4711"`, `192.0.2.43:47011`, a bare address; the port may be obfuscated. RFC 7239 §6. */
const NODE = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:]*))(?::(?:\d{1,5}|_[\w.-]+))?$/;

/** RFC 7239 §6.2, §6.3. */
const NOT_TOLD = /^(?:unknown|_[\w.-]+)$/i;

/**
 * The hops of a `Forwarded` field, the nearest last, or `undefined` where it is malformed. RFC 7239 §4.
 */
export function parseForwarded(headers: HeaderLines): readonly Hop[] | undefined {
  const field = headers['forwarded']?.join(',');
  if (field === undefined) return [];
  const hops: Hop[] = [];
  let pairs: Record<string, string> = {};
  PAIR.lastIndex = 0;
  for (;;) {
    const match = PAIR.exec(field);
    if (match === null) return undefined;
    const [, name, quoted, plain, separator] = match;
    if (name !== undefined) {
      const key = name.toLowerCase();
      // "Each parameter MUST NOT occur more than once per field-value element" (§4).
      if (key in pairs) return undefined;
      pairs = { ...pairs, [key]: quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '' };
    }
    if (separator === ';') continue;
    if (Object.keys(pairs).length > 0) {
      const { for: node, proto, host } = pairs;
      const address = node === undefined ? null : parseNode(node);
      if (address === undefined) return undefined;
      hops.push({ address: address ?? undefined, proto, host });
    }
    pairs = {};
    if (separator === '') return hops;
  }
}

/**
 * The hops of `X-Forwarded-For`, `-Proto` and `-Host`, the nearest last, or `undefined` where they are malformed. A single
 * scheme or host holds for all hops: most proxies pass on the first one's.
 */
export function parseXForwarded(headers: HeaderLines): readonly Hop[] | undefined {
  const nodes = members(headers['x-forwarded-for']);
  const protos = members(headers['x-forwarded-proto']);
  const hosts = members(headers['x-forwarded-host']);
  const count = Math.max(nodes.length, Math.min(1, protos.length + hosts.length));
  const hops: Hop[] = [];
  for (let fromEnd = count; fromEnd > 0; fromEnd--) {
    const node = nodes.at(-fromEnd);
    const address = node === undefined ? null : parseNode(node);
    if (address === undefined) return undefined;
    hops.push({ address: address ?? undefined, proto: atHop(protos, fromEnd), host: atHop(hosts, fromEnd) });
  }
  return hops;
}

function atHop(values: readonly string[], fromEnd: number): string | undefined {
  return values.at(-fromEnd) ?? values[0];
}

function members(lines: readonly string[] | undefined): string[] {
  return lines === undefined
    ? []
    : lines
        .join(',')
        .split(',')
        .map((member) => member.trim());
}

/** An address; `null` where it is not told, `undefined` where it is none. */
function parseNode(node: string): string | null | undefined {
  if (NOT_TOLD.test(node)) return null;
  if (isIP(node) !== 0) return normalizeAddress(node);
  const [, bracketed, plain] = NODE.exec(node) ?? [];
  if (plain !== undefined && NOT_TOLD.test(plain)) return null;
  const address = bracketed ?? plain ?? '';
  return isIP(address) === 0 ? undefined : normalizeAddress(address);
}
