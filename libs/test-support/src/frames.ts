import { Role } from '@nestwire/protocol';
import { bytes, concat, utf8 } from './hex.js';

/** The masking key of RFC 6455's own examples (§5.7). */
export const MASKING_KEY = '37 fa 21 3d';

/** A frame as a peer might send it, wrong ones included. RFC 6455 §5.2. */
export interface FrameParts {
  readonly opcode: number;
  /** A string stands for its UTF-8. @default empty */
  readonly payload?: string | Uint8Array;
  /** @default true */
  readonly fin?: boolean;
  /** RSV1, RSV2 and RSV3, as the bits 4, 2 and 1. @default 0 */
  readonly rsv?: number;
  /** Four bytes in hex. @default none: the frame is not masked */
  readonly maskingKey?: string;
  /** How many bits the length gets. @default the fewest */
  readonly lengthBits?: 7 | 16 | 64;
  /** A length that is not the payload's. */
  readonly announced?: bigint;
}

/** Builds a frame byte by byte, with nothing of what it is to test. */
export function buildFrame(parts: FrameParts): Uint8Array {
  const payload = typeof parts.payload === 'string' ? utf8(parts.payload) : (parts.payload ?? bytes(''));
  const length = parts.announced ?? BigInt(payload.length);
  const bits = parts.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const key = parts.maskingKey === undefined ? undefined : bytes(parts.maskingKey);

  const header = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  header[0] = (parts.fin === false ? 0 : 0x80) | ((parts.rsv ?? 0) << 4) | parts.opcode;
  header[1] = (key === undefined ? 0 : 0x80) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  if (bits === 16) header.writeUInt16BE(Number(length), 2);
  if (bits === 64) header.writeBigUInt64BE(length, 2);
  if (key === undefined) return concat(header, payload);
  return concat(header, key, mask(payload, key));
}

/** A frame for an endpoint of this role: masked for a server, not masked for a client (§5.1). */
export function frameFor(role: Role, parts: Omit<FrameParts, 'maskingKey'>): Uint8Array {
  return buildFrame(role === Role.Server ? { ...parts, maskingKey: MASKING_KEY } : parts);
}

/** "transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4)" (§5.3), and nothing else. */
export function mask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  return payload.map((octet, i) => octet ^ (key[i % 4] ?? 0));
}
