import { FrameParser, type FrameParserOptions, type Role } from '@nestwire/protocol';
import { RecordingSink, type SinkCall } from './recording-sink.js';

/** What a new parser of this role calls, given these chunks. They are copied: a parser unmasks in place. */
export function parse(
  role: Role,
  chunks: readonly Uint8Array[],
  options: Omit<FrameParserOptions, 'role'> = {},
): readonly SinkCall[] {
  const sink = new RecordingSink();
  const parser = new FrameParser(sink, { role, ...options });
  for (const chunk of chunks) parser.parse(chunk.slice());
  return sink.calls;
}

/** The bytes cut in two at each place, both ends included. */
export function* splitsOf(wire: Uint8Array): Generator<readonly Uint8Array[]> {
  for (let at = 0; at <= wire.length; at++) yield [wire.subarray(0, at), wire.subarray(at)];
}

/** The bytes, one a chunk. */
export function oneByOne(wire: Uint8Array): readonly Uint8Array[] {
  return Array.from(wire, (byte) => Uint8Array.of(byte));
}
