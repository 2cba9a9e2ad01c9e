import { FrameParser, type FrameSink, Role, serializeFrameHeader } from '@nestwire/protocol';
import { bench, do_not_optimize } from 'mitata';
import { MessageRing } from '../messages/message-ring.js';
import type { MessageForm } from '../messages/message-shape.js';

/** Counts bytes, so that what is reported has been looked at. */
class CountingSink implements FrameSink {
  bytes = 0;

  onMessage(_opcode: number, _bytes: Uint8Array, start: number, end: number): void {
    this.bytes += end - start;
  }

  onPing(): void {
    this.bytes++;
  }

  onPong(): void {
    this.bytes++;
  }

  onClose(): void {
    this.bytes++;
  }

  onViolation(violation: string): void {
    throw new Error(violation);
  }
}

/** A chunk of frames, in and out. */
export function benchFrames(): void {
  benchParse('32 × 64 B text', { kind: 'text' }, 64, 32);
  benchParse('1 × 64 B text', { kind: 'text' }, 64, 1);
  benchParse('1 × 64 KiB binary', { kind: 'binary' }, 65_536, 1);
  const out = Buffer.alloc(16);
  bench('serialize header: 64 B', () => do_not_optimize(serializeFrameHeader(out, 0, 0x81, 64)));
  bench('serialize header: 4 KiB', () => do_not_optimize(serializeFrameHeader(out, 0, 0x82, 4096)));
  bench('serialize header: 1 MiB', () => do_not_optimize(serializeFrameHeader(out, 0, 0x82, 1_048_576)));
}

function benchParse(name: string, form: MessageForm, bytes: number, burst: number): void {
  const ring = new MessageRing({ shape: { form, bytes }, compression: 'off', burst, masked: true });
  const frames = Buffer.from(ring.slice(0, burst));
  const sink = new CountingSink();
  const parser = new FrameParser(sink, { role: Role.Server });
  // Unmasked in place: each time the chunk is a new one, as from a socket.
  const chunk = Buffer.alloc(frames.length);
  bench(`parse: ${name}, with a copy of the chunk`, () => {
    frames.copy(chunk);
    parser.parse(chunk);
    return do_not_optimize(sink.bytes);
  });
}
