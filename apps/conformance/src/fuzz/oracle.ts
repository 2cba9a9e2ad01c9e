import { Violation } from '@nestwire/protocol';
import { firstWrongByte } from '../wire/utf8-oracle.js';

/** What was reported of a stream, in order. */
export type ParsedEvent =
  | { readonly kind: 'message' | 'compressed'; readonly opcode: number; readonly payload: Buffer }
  | { readonly kind: 'ping' | 'pong'; readonly payload: Buffer }
  | { readonly kind: 'close'; readonly code: number; readonly payload: Buffer };

/** How a stream ended: it may go on, a close frame came, or a rule was broken – one of these, where several are at once. */
export type StreamEnd = 'open' | 'closed' | ReadonlySet<Violation>;

export interface Judgement {
  readonly events: readonly ParsedEvent[];
  readonly end: StreamEnd;
  /** Headers that were read. */
  readonly frames: number;
}

export interface Rules {
  readonly expectsMask: boolean;
  readonly compression: boolean;
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
}

const CLOSE_CODES = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);

/**
 * Reads a whole stream at once, as the RFC says it and with no thought of speed: what a parser that gets the same bytes in
 * any chunks must report. It shares nothing with the parser but the names of the violations.
 */
export function judge(stream: Buffer, rules: Rules): Judgement {
  const events: ParsedEvent[] = [];
  let message:
    { readonly opcode: number; readonly compressed: boolean; payload: Buffer; fragments: number } | undefined;
  let frames = 0;
  let at = 0;
  const over = (end: StreamEnd): Judgement => ({ events, end, frames });
  for (;;) {
    const header = readHeader(stream, at);
    if (header === undefined) return over('open');
    frames++;
    const { fin, rsv, opcode, announced } = header;
    const broken = brokenRules(header, rules, message !== undefined);
    const isData = opcode < 3;
    const compressed = isData && (opcode === 0 ? message?.compressed === true : (rsv & 4) !== 0);
    if (isData) {
      const longest = compressed ? rules.maxMessageBytes * 1.125 + 1024 : rules.maxMessageBytes;
      const length = BigInt(message?.payload.length ?? 0) + announced;
      // A length with its top bit set is none, and so is not too long.
      if (announced < 2n ** 63n && length > BigInt(Math.floor(longest))) broken.add(Violation.MessageTooBig);
      if ((message?.fragments ?? 0) + 1 > rules.maxFragments) broken.add(Violation.TooManyFragments);
    }
    if (broken.size > 0) return over(broken);

    at += header.length;
    const payload = unmask(stream.subarray(at, at + Number(announced)), header.key);
    const complete = payload.length === Number(announced);
    at += payload.length;

    if (opcode === 8) {
      const wrong = wrongClose(payload, complete);
      if (wrong.size > 0) return over(wrong);
      if (!complete) return over('open');
      events.push({
        kind: 'close',
        code: payload.length === 0 ? 1005 : payload.readUInt16BE(0),
        payload: payload.subarray(2),
      });
      return over('closed');
    }
    if (opcode > 8) {
      if (!complete) return over('open');
      events.push({ kind: opcode === 9 ? 'ping' : 'pong', payload });
      continue;
    }

    message ??= { opcode, compressed, payload: Buffer.alloc(0), fragments: 0 };
    message.payload = Buffer.concat([message.payload, payload]);
    message.fragments++;
    if (message.opcode === 1 && !message.compressed) {
      const wrong = firstWrongByte(message.payload);
      const ends = fin && complete;
      if (wrong !== undefined && (ends || wrong < message.payload.length))
        return over(new Set([Violation.InvalidUtf8]));
    }
    if (!complete) return over('open');
    if (!fin) continue;
    events.push({
      kind: message.compressed ? 'compressed' : 'message',
      opcode: message.opcode,
      payload: message.payload,
    });
    message = undefined;
  }
}

interface Header {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly short: number;
  readonly announced: bigint;
  readonly key: Buffer | undefined;
  readonly length: number;
}

function readHeader(stream: Buffer, at: number): Header | undefined {
  if (stream.length < at + 2) return undefined;
  const first = stream.readUInt8(at);
  const second = stream.readUInt8(at + 1);
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = second >= 0x80;
  const length = 2 + extended + (masked ? 4 : 0);
  if (stream.length < at + length) return undefined;
  return {
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    opcode: first & 15,
    short,
    announced:
      extended === 8 ? stream.readBigUInt64BE(at + 2) : BigInt(extended === 2 ? stream.readUInt16BE(at + 2) : short),
    key: masked ? stream.subarray(at + length - 4, at + length) : undefined,
    length,
  };
}

/** Every rule that a header breaks by itself. RFC 6455 §5.2–§5.5. */
function brokenRules(header: Header, rules: Rules, withinMessage: boolean): Set<Violation> {
  const { fin, rsv, opcode, short, announced, key } = header;
  const broken = new Set<Violation>();
  const mayCompress = rules.compression && (opcode === 1 || opcode === 2);
  if (rsv !== 0 && !(mayCompress && rsv === 4)) broken.add(Violation.ReservedBits);
  if ((opcode > 2 && opcode < 8) || opcode > 10) broken.add(Violation.ReservedOpcode);
  if (rules.expectsMask && key === undefined) broken.add(Violation.UnmaskedFrame);
  if (!rules.expectsMask && key !== undefined) broken.add(Violation.MaskedFrame);
  if (opcode >= 8) {
    if (!fin) broken.add(Violation.FragmentedControlFrame);
    if (short > 125) broken.add(Violation.ControlFrameTooLong);
    if (opcode === 8 && announced === 1n) broken.add(Violation.TruncatedCloseCode);
  }
  if ((short === 126 && announced < 126n) || (short === 127 && announced < 65_536n)) {
    broken.add(Violation.NonMinimalLength);
  }
  if (announced >= 2n ** 63n) broken.add(Violation.LengthTopBit);
  if (opcode === 0 && !withinMessage) broken.add(Violation.UnexpectedContinuation);
  if ((opcode === 1 || opcode === 2) && withinMessage) broken.add(Violation.ExpectedContinuation);
  return broken;
}

function wrongClose(body: Buffer, complete: boolean): Set<Violation> {
  const broken = new Set<Violation>();
  if (body.length < 2) return broken;
  const code = body.readUInt16BE(0);
  if (!CLOSE_CODES.has(code) && (code < 3000 || code > 4999)) broken.add(Violation.InvalidCloseCode);
  const reason = body.subarray(2);
  const wrong = firstWrongByte(reason);
  if (wrong !== undefined && (complete || wrong < reason.length)) broken.add(Violation.InvalidCloseReason);
  return broken;
}

function unmask(payload: Buffer, key: Buffer | undefined): Buffer {
  const plain = Buffer.from(payload);
  if (key !== undefined) for (let i = 0; i < plain.length; i++) plain[i] = plain.readUInt8(i) ^ key.readUInt8(i & 3);
  return plain;
}
