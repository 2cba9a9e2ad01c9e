import { isIP, isIPv4, isIPv6 } from 'node:net';
import { normalizeAddress } from './proxy-addresses.js';

/** What a PROXY header says of the connection that the proxy accepted. */
export interface ProxiedSource {
  /** The client's address; `undefined` where the proxy does not tell. */
  readonly address: string | undefined;
  /** Whether the client came to the proxy by TLS; `undefined` where the proxy does not tell. */
  readonly encrypted: boolean | undefined;
}

export interface ProxyHeader {
  /** How many bytes it takes; what follows is the client's. */
  readonly length: number;
  /** `undefined` where the proxy speaks for itself, as it does to see whether a server lives. */
  readonly source: ProxiedSource | undefined;
}

/** A header, or that there is not all of it yet, or that this is none. */
export type ProxyHeaderResult = ProxyHeader | 'incomplete' | 'malformed';

/** "the receiver may be configured to support both version 1 and version 2" (PROXY protocol, §2.2); the first byte tells them apart. */
export function parseProxyHeader(bytes: Buffer): ProxyHeaderResult {
  return bytes[0] === SIGNATURE[0] ? parseBinary(bytes) : parseText(bytes);
}

/** "So a 108-byte buffer is always enough to store all the line and a trailing zero" (§2.1). */
const LONGEST_LINE = 107;

const TEXT_PREFIX = 'PROXY ';

const TEXT = /^PROXY (?:(UNKNOWN)(?: .*)?|(TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5}))$/;

/** Version 1, §2.1. */
function parseText(bytes: Buffer): ProxyHeaderResult {
  const begin = bytes.toString('latin1', 0, TEXT_PREFIX.length);
  if (!TEXT_PREFIX.startsWith(begin)) return 'malformed';
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\r\n');
  if (end === -1) return bytes.length < LONGEST_LINE ? 'incomplete' : 'malformed';
  const match = TEXT.exec(bytes.toString('latin1', 0, end));
  if (match === null) return 'malformed';
  const length = end + 2;
  const [, unknown, family, source = '', destination = '', ...ports] = match;
  if (unknown !== undefined) return { length, source: { address: undefined, encrypted: undefined } };
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const portsAreValid = ports.every((port) => Number(port) <= 65_535 && !/^0\d/.test(port));
  if (!isAddress(source) || !isAddress(destination) || !portsAreValid) return 'malformed';
  return { length, source: { address: normalizeAddress(source), encrypted: undefined } };
}

/** §2.2: no HTTP request and no TLS handshake begins like that. */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

const FIXED_BYTES = 16;

/** Addresses take 36 bytes; what comes behind them is what the proxy wants to add. */
const MOST_BYTES = 4096;

const Command = { Local: 0, Proxy: 1 } as const;

/** The bytes of both addresses and ports, by the family in the upper half of byte 14. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 };

const Family = { Inet: 1, Inet6: 2 } as const;

/** Version 2, §2.2. */
function parseBinary(bytes: Buffer): ProxyHeaderResult {
  const begun = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.compare(SIGNATURE, 0, begun, 0, begun) !== 0) return 'malformed';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const version = bytes.readUInt8(12) >>> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13) >>> 4;
  const length = FIXED_BYTES + bytes.readUInt16BE(14);
  const addressBytes = ADDRESS_BYTES[family];
  if (version !== 2 || command > Command.Proxy || length > MOST_BYTES) return 'malformed';
  if (addressBytes === undefined || (command === Command.Proxy && length < FIXED_BYTES + addressBytes)) {
    return 'malformed';
  }
  if (bytes.length < length) return 'incomplete';
  const header = bytes.subarray(0, length);
  if (command === Command.Local) return { length, source: undefined };
  const extensions = readExtensions(header, FIXED_BYTES + addressBytes);
  if (extensions === undefined) return 'malformed';
  return { length, source: { address: sourceAddress(header, family), encrypted: extensions.encrypted } };
}

function sourceAddress(header: Buffer, family: number): string | undefined {
  if (family === Family.Inet) return header.subarray(FIXED_BYTES, FIXED_BYTES + 4).join('.');
  if (family !== Family.Inet6) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => header.readUInt16BE(FIXED_BYTES + 2 * i).toString(16));
  // The URL parser writes an address in its one short form (RFC 5952), and so does Node's own `remoteAddress`.
  const address = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  return normalizeAddress(mappedToDotted(address));
}

/** `::ffff:c000:201` as `::ffff:192.0.2.1`. */
function mappedToDotted(address: string): string {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bytes = [parseInt(high, 16), parseInt(low, 16)].flatMap((group) => [group >>> 8, group & 0xff]);
  const dotted = bytes.join('.');
  return isIP(dotted) === 4 ? dotted : address;
}

/** `PP2_TYPE_*` of §2.2, those that say something to us. */
const ExtensionType = { Crc32c: 0x03, Ssl: 0x20 } as const;

/** `PP2_CLIENT_SSL`: "the client connected over SSL/TLS". */
const CLIENT_SSL_BIT = 0x01;

/** `undefined` where they can't be read, or the checksum is wrong. */
function readExtensions(header: Buffer, from: number): { readonly encrypted: boolean | undefined } | undefined {
  let encrypted: boolean | undefined;
  for (let at = from; at < header.length;) {
    if (at + 3 > header.length) return undefined;
    const type = header.readUInt8(at);
    const start = at + 3;
    const end = start + header.readUInt16BE(at + 1);
    if (end > header.length) return undefined;
    if (type === ExtensionType.Ssl) {
      if (end === start) return undefined;
      encrypted = (header.readUInt8(start) & CLIENT_SSL_BIT) !== 0;
    }
    if (type === ExtensionType.Crc32c && !hasChecksum(header, start, end)) return undefined;
    at = end;
  }
  return { encrypted };
}

/** "If the checksum is provided as part of the PROXY header and [...] does not match, the receiver MUST abort" (§2.2.3). */
function hasChecksum(header: Buffer, start: number, end: number): boolean {
  if (end - start !== 4) return false;
  const blanked = Buffer.from(header).fill(0, start, end);
  return crc32c(blanked) === header.readUInt32BE(start);
}

/** RFC 3720, appendix B.4, bit by bit: it is done once a connection, for a few dozen bytes, where a proxy sends it at all. */
function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  }
  return ~remainder >>> 0;
}
