import { describe, expect, it } from '@jest/globals';
import { Books, FLOWS, type Report, sumOf } from './swarm/books.js';
import { failuresOf, type Findings } from './verdict.js';
import { AFTER_STALL } from './swarm/never-reader.js';
import type { Footprint } from '../footprint/footprint.js';
import { LIMITS } from '../footprint/growth.js';

const HELD: Footprint = {
  listeners: 10,
  timers: 1,
  handles: 4,
  descriptors: 30,
  heap: 5_000_000,
  external: 2_000_000,
  resident: 60_000_000,
};

function reportOf(change: (books: Books) => void = () => undefined): Report {
  const books = new Books();
  for (const flow of FLOWS) books.tallies[flow].delivered = 100;
  change(books);
  return books.report(0);
}

const SOUND: Findings = {
  connections: 100,
  peak: 95,
  report: reportOf(),
  kills: { terminated: 0, disconnected: 0, slowConsumers: 3 },
  errors: 0,
  endings: { '1006 ping-timeout': 1 },
  stallMs: 50,
  footprints: [HELD, HELD, HELD],
};

const failures = (change: Partial<Findings>): string[] => failuresOf({ ...SOUND, ...change });
const failuresWith = (change: (books: Books) => void): string[] => failures({ report: reportOf(change) });

describe('What a soak fails for', () => {
  it('is nothing, where nothing is wrong', () => {
    expect(failuresOf(SOUND)).toEqual([]);
  });

  it.each(FLOWS)('messages of %s', (flow) => {
    for (const wrong of ['lost', 'duplicated', 'reordered', 'corrupt'] as const) {
      expect(failuresWith(({ tallies }) => void (tallies[flow][wrong] = 1))).toHaveLength(1);
    }
    expect(failuresWith(({ tallies }) => void (tallies[flow].delivered = 0))).toHaveLength(1);
  });

  it('a stall, a problem, an error in the log, too few connections', () => {
    expect(failuresWith((books) => void books.stalls++)).toHaveLength(1);
    expect(failuresWith((books) => books.problem('what must not be'))).toEqual(['1× what must not be']);
    expect(failures({ errors: 1 })).toHaveLength(1);
    expect(failures({ peak: 79 })).toHaveLength(1);
    expect(failures({ peak: 80 })).toEqual([]);
  });

  const kills = { terminated: 1, disconnected: 2, slowConsumers: 0 };
  it.each([
    ['as many ends as kills', [4003, 4003, 1006], 0],
    ['a killed one that has not read its close frame', [4003, 1006, 1006], 0],
    ['an end too many', [4003, 4003, 1006, 1006], 1],
    ['a kill that nobody has felt', [4003, 4003], 1],
    ['a terminated one that has seen a close frame', [4003, 4003, 4003], 1],
    ['an end for another reason', [4003, 4003, 1006, 4408], 1],
  ])('the ends of well-behaved connections: %s', (_name, codes, count) => {
    const report = reportOf((books) => codes.forEach((code) => books.wasCutOff(code)));
    expect(failures({ kills, report })).toHaveLength(count);
  });

  it('those that never read, and were not closed for it', () => {
    const report = reportOf((books) => books.outcome('never reads: greedy', 'dropped'));
    expect(failures({ report })).toEqual([]);
    expect(failures({ report, kills: { ...SOUND.kills, slowConsumers: 0 } })).toHaveLength(1);
  });

  it.each(Object.values(AFTER_STALL))('those that were silent and %s, unless the server stood still', (outcome) => {
    const report = reportOf((books) => books.outcome('never reads: silent', outcome));
    expect(failures({ report })).toHaveLength(1);
    expect(failures({ report, stallMs: 1200 })).toEqual([]);
  });

  it('those that were silent and were dropped, but not for the lack of a pong', () => {
    const report = reportOf((books) => books.outcome('never reads: silent', AFTER_STALL.pingTimeout));
    expect(failures({ report, stallMs: 1200, endings: {} })).toHaveLength(1);
  });

  it('being broken off, which says nothing of what is held', () => {
    expect(failures({ brokenOff: 'broken off', footprints: [HELD] })).toEqual(['broken off']);
  });

  it('a leak, and connections that are left', () => {
    const resident = HELD.resident + LIMITS.resident + 100 * 4096;
    expect(failures({ footprints: [HELD, HELD, { ...HELD, resident }] })).toEqual([]);
    expect(failures({ footprints: [HELD, HELD, { ...HELD, resident: resident + 1 }] })).toHaveLength(1);
    const external = HELD.external + LIMITS.external + 2 * 1024 * 1024;
    expect(failures({ footprints: [HELD, HELD, { ...HELD, external }] })).toEqual([]);
    expect(failures({ footprints: [HELD, HELD, { ...HELD, external: external + 1 }] })).toHaveLength(1);
    const grown = { ...HELD, heap: HELD.heap + LIMITS.heap + 1 };
    expect(failures({ footprints: [HELD, HELD, grown] })).toHaveLength(1);
    expect(failures({ footprints: [HELD, HELD, undefined] })).toHaveLength(1);
  });
});

it('What several swarms have counted adds up', () => {
  const [here, there] = [new Books(), new Books()];
  here.tallies.room.lost = 1;
  there.tallies.room.lost = 2;
  here.opened = 5;
  there.opened = 6;
  here.problem('a');
  there.problem('a');
  there.problem('b');
  here.outcome('reset', 'gone');
  there.outcome('reset', 'gone');
  here.latencies.record(3);
  there.latencies.record(9);
  expect(sumOf([here.report(10), there.report(70)])).toMatchObject({
    tallies: { room: { lost: 3 }, answers: { lost: 0 } },
    opened: 11,
    problems: { a: 2, b: 1 },
    outcomes: { reset: { gone: 2 } },
    latencies: { maxMs: 9 },
    ownStallMs: 70,
  });
});
