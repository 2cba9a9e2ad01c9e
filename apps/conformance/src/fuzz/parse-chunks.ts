import { type DataOpcode, FrameParser, type FrameSink, Role, type Violation } from '@nestwire/protocol';
import type { Judgement, ParsedEvent, Rules } from './oracle.js';

/** What the parser reported of a stream. */
export interface Parsed {
  readonly events: ParsedEvent[];
  violation: Violation | undefined;
  /** The most that was asked for at once, in bytes. */
  largestAllocation: number;
  /** Reported after the end: nothing may be. */
  afterEnd: number;
}

/**
 * Gives a stream to a parser in chunks that end at `edges`, and writes down what it reports.
 *
 * @param pauses - the parser is paused within every n-th report, and resumed at once: chunks are then taken in parts.
 * @throws Error where the parser does not take its bytes.
 */
export function parseChunks(stream: Buffer, edges: Iterable<number>, rules: Rules, pauses = 0): Parsed {
  const parsed: Parsed = { events: [], violation: undefined, largestAllocation: 0, afterEnd: 0 };
  const { events } = parsed;
  let reports = 0;
  let ended = false;
  const report = (event: ParsedEvent): void => {
    if (ended) parsed.afterEnd++;
    events.push(event);
    if (pauses > 0 && ++reports % pauses === 0) parser.pause();
  };
  const copy = (bytes: Uint8Array, start: number, end: number): Buffer => Buffer.from(bytes.subarray(start, end));
  const sink: FrameSink = {
    onMessage: (opcode: DataOpcode, bytes, start, end) =>
      report({ kind: 'message', opcode, payload: copy(bytes, start, end) }),
    onCompressedMessage: (opcode: DataOpcode, bytes, start, end) =>
      report({ kind: 'compressed', opcode, payload: copy(bytes, start, end) }),
    onPing: (bytes, start, end) => report({ kind: 'ping', payload: copy(bytes, start, end) }),
    onPong: (bytes, start, end) => report({ kind: 'pong', payload: copy(bytes, start, end) }),
    onClose: (code, bytes, start, end) => {
      report({ kind: 'close', code, payload: copy(bytes, start, end) });
      ended = true;
    },
    onViolation: (violation) => {
      if (ended) parsed.afterEnd++;
      ended = true;
      parsed.violation = violation;
    },
  };
  const parser = new FrameParser(sink, {
    role: rules.expectsMask ? Role.Server : Role.Client,
    compression: rules.compression,
    maxMessageBytes: rules.maxMessageBytes,
    maxFragments: rules.maxFragments,
    allocate: (size) => {
      parsed.largestAllocation = Math.max(parsed.largestAllocation, size);
      return new Uint8Array(size);
    },
  });
  let from = 0;
  for (const to of [...edges, stream.length]) {
    // A parser unmasks in place: it gets bytes of its own.
    let chunk: Uint8Array = Buffer.from(stream.subarray(from, to));
    from = to;
    for (let turns = 0; chunk.length > 0; turns++) {
      if (turns > chunk.length + stream.length) throw new Error('the parser does not get on');
      const taken = parser.parse(chunk);
      if (taken < chunk.length && pauses === 0)
        throw new Error(`the parser left ${String(chunk.length - taken)} bytes`);
      chunk = chunk.subarray(taken);
      parser.resume();
    }
  }
  return parsed;
}

/** Where the parser and the oracle differ, in words; `undefined` where they agree. */
export function difference(
  parsed: Parsed,
  { events, end }: Pick<Judgement, 'events' | 'end'>,
  streamLength: number,
): string | undefined {
  if (parsed.afterEnd > 0) return 'something was reported after the end';
  const due: readonly (Violation | undefined)[] = typeof end === 'string' ? [undefined] : [...end];
  if (!due.includes(parsed.violation)) return `violation ${String(parsed.violation)} instead of ${due.join(' or ')}`;
  if (parsed.events.length !== events.length) {
    return `${String(parsed.events.length)} events instead of ${String(events.length)}`;
  }
  const differs = parsed.events.findIndex((event, i) => !isSame(event, events[i]));
  if (differs !== -1) return `event ${String(differs)} differs`;
  // What has arrived may be held, and half as much again by doubling; never what was merely announced.
  const most = Math.max(64 * 1024, 2 * streamLength);
  if (parsed.largestAllocation > most) return `${String(parsed.largestAllocation)} bytes were allocated`;
  return undefined;
}

function isSame(event: ParsedEvent, expected: ParsedEvent | undefined): boolean {
  if (expected?.kind !== event.kind || !event.payload.equals(expected.payload)) return false;
  if (event.kind === 'close') return expected.kind === 'close' && event.code === expected.code;
  if (event.kind === 'message' || event.kind === 'compressed') {
    return (expected.kind === 'message' || expected.kind === 'compressed') && event.opcode === expected.opcode;
  }
  return true;
}
