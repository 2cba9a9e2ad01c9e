import { expect, it } from '@jest/globals';
import { Latencies } from './latencies.js';

it('tells percentiles within a tenth, and the longest exactly', () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1000; ms++) latencies.record(ms);
  expect(latencies.percentile(0.5) / 500).toBeGreaterThanOrEqual(1);
  expect(latencies.percentile(0.5) / 500).toBeLessThan(1.1);
  expect(latencies.percentile(0.99) / 990).toBeLessThan(1.1);
  expect(latencies.percentile(1)).toBe(1000);
  expect(latencies.max).toBe(1000);
});

it('adds what another process has counted', () => {
  const [here, there] = [new Latencies(), new Latencies()];
  here.record(0);
  there.record(40);
  there.record(70);
  here.add(there.counts());
  expect(here.percentile(0.3)).toBeCloseTo(0.1);
  expect(here.percentile(0.6) / 40).toBeLessThan(1.1);
  expect(here.max).toBe(70);
});

it('has nothing to tell of nothing', () => {
  expect(new Latencies().percentile(0.99)).toBe(0);
});
