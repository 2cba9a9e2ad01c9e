import { describe, expect, it } from '@jest/globals';
import type { Reading } from '../run/measure.js';
import type { ServerName } from '../servers/registry.js';
import { COST, ENGINES, RATE, type Workload } from '../workloads/workload.js';
import { chartOf } from './chart.js';
import { formatFigure } from './format-figure.js';
import { type Goal, judgeGoals } from './goals.js';
import { resultOf, type Results } from './results.js';
import { median, spread } from './statistics.js';
import { tableOf } from './table.js';

const workload = { name: 'echo', title: 'echo <64 B>', servers: ENGINES, metrics: [RATE, COST] } as unknown as Workload;

function reading(rate: number, cpu: { serverCpu?: number; loadCpu?: number } = {}): Reading {
  return { values: { rate, cost: 1e6 / rate }, serverCpu: 1, loadCpu: 0.5, replies: 1000, checked: 16, ...cpu };
}

function rounds(readings: Partial<Record<ServerName, Reading[]>>): Map<ServerName, Reading[]> {
  return new Map(Object.entries(readings) as [ServerName, Reading[]][]);
}

/** The machine is half as fast in the second round. */
const result = resultOf(
  workload,
  rounds({
    engine: [reading(200), reading(100), reading(210)],
    ws: [reading(100), reading(50), reading(100)],
    canned: [100, 101, 102].map((rate) => reading(rate, { loadCpu: 0.99, serverCpu: 0.7 })),
  }),
);

describe('What comes of the rounds', () => {
  it('is a median, and a spread that is flagged over 15 %', () => {
    const servers = result.metrics[0]?.servers ?? {};
    expect(servers.engine).toMatchObject({ median: 200, spread: 0.55, unsteady: true });
    expect(servers.canned).toMatchObject({ median: 101, unsteady: false });
    expect(servers.canned?.spread).toBeCloseTo(2 / 101);
  });

  it('is a ratio of what was side by side', () => {
    expect(result.metrics[0]?.servers.ws?.ratio).toBe(2);
    expect(result.metrics[1]?.servers.ws?.ratio).toBe(0.5);
    expect(result.metrics[0]?.servers.engine).not.toHaveProperty('ratio');
  });

  it('says where the load generator was the slower one', () => {
    expect(result.servers.canned).toMatchObject({ loadBound: true, checked: 0.016 });
    expect(result.servers.ws?.loadBound).toBe(false);
  });

  it('has no place for who is absent', () => {
    expect(result.servers).not.toHaveProperty('uws');
  });

  it('is a table that says all of it', () => {
    const table = tableOf(result);
    expect(table).toContain('| Nestwire engine          | 200 messages/s | 55 % (!) |');
    expect(table).toContain('canned replies (control)');
    expect(table).toContain('99 % (!)');
    expect(table).toContain('less is better');
  });

  it('is a chart for light and dark, with a bar for each peer, and none for controls', () => {
    const chart = chartOf({ workloads: [result] } as unknown as Results);
    expect(chart.match(/<rect/g)).toHaveLength(1);
    expect(chart).toContain('echo &lt;64 B&gt;');
    expect(chart).toContain('prefers-color-scheme: dark');
    expect(chart).toContain('2.00×');
  });
});

describe('Goals', () => {
  const figure = { workload: 'echo', metric: 'rate', server: 'engine' } as const;
  const ws = { ...figure, server: 'ws' } as const;

  it.each<[Goal, number, boolean]>([
    [{ figure, than: ws, atLeast: 2 }, 2, true],
    [{ figure, than: ws, atLeast: 2.1 }, 2, false],
    [{ figure, than: ws, atMost: 1.9 }, 2, false],
    [{ figure, than: ws, atMostMore: 100 }, 100, true],
    [{ figure, than: ws, atMostMore: 99 }, 100, false],
    [{ figure, atMost: 200 }, 200, true],
    [{ figure, atMost: 199 }, 200, false],
  ])('%j reaches %d: %p', (goal, reached, met) => {
    expect(judgeGoals([result], [goal])).toEqual([expect.objectContaining({ reached, met })]);
  });

  it('are not judged where a figure is absent', () => {
    expect(judgeGoals([result], [{ figure, than: { ...figure, server: 'uws' }, atLeast: 1 }])).toEqual([]);
  });
});

describe('Statistics', () => {
  it('take the middle, or what is between the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
    expect(spread([5])).toBe(0);
  });

  it.each([
    [1_234_567, '1,230,000'],
    [83_749, '83,700'],
    [8.0612, '8.06'],
    [0.6983, '0.698'],
    [0, '0'],
  ])('write %d as %s', (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });
});
