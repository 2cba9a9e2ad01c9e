import { describe, expect, it } from '@jest/globals';
import { concat, frameFor, hex, parse, RecordingSink } from '@nestwire/test-support';
import { FrameParser } from './frame-parser.js';
import { Role } from '../role.js';

describe.each([Role.Server, Role.Client])('Pausing and stopping the parser of a %s', (role) => {
  const frames = [
    frameFor(role, { opcode: 1, payload: 'one' }),
    frameFor(role, { opcode: 9, payload: 'two' }),
    frameFor(role, { opcode: 1, fin: false, payload: 'thr' }),
    frameFor(role, { opcode: 10, payload: 'four' }),
    frameFor(role, { opcode: 0, payload: 'ee' }),
    frameFor(role, { opcode: 2, payload: new Uint8Array(300) }),
  ];
  const wire = concat(...frames);
  const calls = parse(role, [wire]);

  it('takes up again where it was paused, and loses nothing', () => {
    for (let pauseAt = 1; pauseAt <= calls.length; pauseAt++) {
      const sink = new RecordingSink();
      const parser = new FrameParser(sink, { role });
      sink.onCall = () => {
        if (sink.calls.length === pauseAt) parser.pause();
      };
      const chunk = wire.slice();
      const taken = parser.parse(chunk);
      expect(sink.calls).toEqual(calls.slice(0, pauseAt));
      expect(hex(chunk.subarray(taken))).toBe(hex(wire.subarray(taken)));

      expect(parser.parse(chunk.subarray(taken))).toBe(0);
      expect(sink.calls).toHaveLength(pauseAt);

      parser.resume();
      expect(parser.parse(chunk.subarray(taken))).toBe(chunk.length - taken);
      expect(sink.calls).toEqual(calls);
    }
  });

  it('returns the offset behind the frame that was paused at', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    sink.onCall = () => parser.pause();
    expect(parser.parse(wire.slice())).toBe(frames[0]?.length);
  });

  it('takes no byte of a chunk that comes while it is paused, in the middle of a frame', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    const frame = frameFor(role, { opcode: 1, payload: 'Hello' });
    expect(parser.parse(frame.slice(0, -2))).toBe(frame.length - 2);
    parser.pause();
    const rest = frame.slice(-2);
    expect(parser.parse(rest)).toBe(0);
    expect(hex(rest)).toBe(hex(frame.subarray(-2)));
    parser.resume();
    parser.parse(rest);
    expect(sink.calls).toEqual([['text', 'Hello']]);
  });

  it('goes on in the same chunk when it is resumed within the call that paused it', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    sink.onCall = () => {
      parser.pause();
      parser.resume();
    };
    expect(parser.parse(wire.slice())).toBe(wire.length);
    expect(sink.calls).toEqual(calls);
  });

  it('reports nothing more once it has been stopped, and takes what comes', () => {
    for (let stopAt = 1; stopAt <= calls.length; stopAt++) {
      const sink = new RecordingSink();
      const parser = new FrameParser(sink, { role });
      sink.onCall = () => {
        if (sink.calls.length === stopAt) parser.stop();
      };
      expect(parser.parse(wire.slice())).toBe(wire.length);
      expect(parser.parse(wire.slice())).toBe(wire.length);
      expect(sink.calls).toEqual(calls.slice(0, stopAt));
    }
  });

  it('can be stopped in the middle of a frame', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    const frame = frameFor(role, { opcode: 1, payload: 'Hello' });
    parser.parse(frame.slice(0, -2));
    parser.stop();
    expect(parser.parse(frame.slice(-2))).toBe(2);
    expect(sink.calls).toEqual([]);
  });
});
