import { describe, expect, it } from '@jest/globals';
import { FrameRun } from './frame-run.js';

const A = Buffer.from('aa');
const B = Buffer.from('bbb');
const C = Buffer.from('c');

const endOfTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

function run(...frames: readonly Buffer[]): FrameRun {
  const [first = A, ...more] = frames;
  return more.reduce((longer, frame) => longer.with(frame), FrameRun.of(first));
}

describe('A run of frames that were built before', () => {
  it('is all of them, in order', () => {
    expect(Buffer.from(run(A, B, A, C).bytes).toString()).toBe('aabbbaac');
    expect(run(A, B, A, C).length).toBe(8);
    const target = Buffer.alloc(8, '.');
    run(B, A).copyTo(target, 2);
    expect(target.toString()).toBe('..bbbaa.');
  });

  it('is the frame itself where it is alone', () => {
    expect(run(A).bytes).toBe(A);
    expect(run(A).isShared).toBe(true);
  });

  it('is put together once for all that have the same', () => {
    const first = run(A, B);
    expect(first.isShared).toBe(false);
    const second = run(A, B);
    expect(second.bytes).toBe(first.bytes);
    expect(first.isShared).toBe(true);
  });

  it('is another where any frame is another, or stands elsewhere', () => {
    const texts = [run(A, B, C), run(A, C, B), run(B, A, C), run(A, B), run(A, B, B)].map((made) => String(made.bytes));
    expect(texts).toEqual(['aabbbc', 'aacbbb', 'bbbaac', 'aabbb', 'aabbbbbb']);
  });

  it('may be of very many', () => {
    let long = run(A);
    for (let i = 1; i < 30_000; i++) long = long.with(A);
    expect(Buffer.from(long.bytes).equals(Buffer.alloc(60_000, 'a'))).toBe(true);
  });

  it('is known to nobody else once the turn is over', async () => {
    const before = run(A, B);
    await endOfTurn();
    const after = run(A, B);
    expect(after).not.toBe(before);
    expect(String(before.bytes)).toBe(String(after.bytes));
  });
});
