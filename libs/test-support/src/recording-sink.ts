import { type DataOpcode, type FrameSink, Opcode, type Violation } from '@nestwire/protocol';
import { hex } from './hex.js';

/** A parser's call with what it said; bytes in hex. */
export type SinkCall =
  | readonly ['text', string]
  | readonly ['binary', string]
  | readonly ['ping', string]
  | readonly ['pong', string]
  | readonly ['close', number, string]
  | readonly ['violation', Violation];

/** Writes down a parser's calls; ranges of bytes are copied, as they must be. */
export class RecordingSink implements FrameSink {
  readonly calls: SinkCall[] = [];
  /** What was said of each message's being ASCII. */
  readonly ascii: boolean[] = [];
  /** Runs within each call, behind its recording: the place to pause or to stop the parser. */
  onCall: (call: SinkCall) => void = () => {};

  onMessage(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.ascii.push(ascii);
    this.record(
      opcode === Opcode.Text
        ? ['text', decode(bytes.subarray(start, end))]
        : ['binary', hex(bytes.subarray(start, end))],
    );
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    this.record(['ping', hex(bytes.subarray(start, end))]);
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.record(['pong', hex(bytes.subarray(start, end))]);
  }

  onClose(code: number, bytes: Uint8Array, start: number, end: number): void {
    this.record(['close', code, decode(bytes.subarray(start, end))]);
  }

  onViolation(violation: Violation): void {
    this.record(['violation', violation]);
  }

  private record(call: SinkCall): void {
    this.calls.push(call);
    this.onCall(call);
  }
}

function decode(text: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
}
