import { describe, expect, it } from '@jest/globals';
import { parseBenchOptions } from './bench-options.js';
import { parseCpuList, pinned } from './process/pinning.js';
import { WORKLOADS } from './workloads/all-workloads.js';

const parse = (...args: string[]) => parseBenchOptions(args, WORKLOADS);
const namesFor = (...args: string[]) => parse(...args).workloads.map(({ name }) => name);

describe('The arguments of the benchmark', () => {
  it('ask for everything by default', () => {
    expect(parse()).toMatchObject({ workloads: WORKLOADS, servers: [], seconds: 3, rounds: 5 });
  });

  it('name one workload, or a part of several names', () => {
    expect(namesFor('--only', 'echo-64b-100x1')).toEqual(['echo-64b-100x1']);
    expect(namesFor('--only', 'idle', '--only', 'handshakes')).toEqual([
      'handshakes',
      'idle-memory',
      'idle-memory-deflate',
    ]);
  });

  it('say how long, how often, and where', () => {
    expect(parse('--seconds', '0.5', '--rounds', '2', '--cores', '2,3', '--server', 'ws')).toMatchObject({
      seconds: 0.5,
      rounds: 2,
      pinning: { server: 2, load: 3 },
      servers: ['ws'],
    });
  });

  it.each([
    [['--only', 'nothing'], 'echo-64b-100x1'],
    [['--server', 'apache'], 'platform-ws'],
    [['--seconds', '0'], '--seconds'],
    [['--rounds', '1.5'], '--rounds'],
    [['--cores', '1'], '--cores'],
    [['--fast'], '--fast'],
  ])('%j is refused, with what there is', (args, hint) => {
    expect(() => parse(...args)).toThrow(hint);
  });
});

describe('Cores', () => {
  it('are read as the kernel lists them', () => {
    expect(parseCpuList('0-2,5\n')).toEqual([0, 1, 2, 5]);
  });

  it('hold a process where there is taskset', () => {
    expect(pinned(['node', 'a.js'], 3)).toEqual(['taskset', '-c', '3', 'node', 'a.js']);
    expect(pinned(['node', 'a.js'], undefined)).toEqual(['node', 'a.js']);
  });
});
