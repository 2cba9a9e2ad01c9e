import { describe, expect, it } from '@jest/globals';
import { parseDrainOptions } from './options.js';
import { type DrainFindings, drainFailures } from './verdict.js';

const GOOD: DrainFindings = {
  signal: 'SIGTERM',
  connections: 2,
  clients: {
    open: 0,
    sent: 12,
    answered: 10,
    wrong: 0,
    byCode: { 1012: 2 },
    unclean: 0,
    retryAfter: [100, 4000],
    firstEnd: 1,
    lastEnd: 2,
  },
  seen: { upgrades: { 101: 1, 503: 2, none: 1 }, withoutRetryAfter: 0, letInLater: 0, ready: { 200: 1, 503: 2 } },
  counts: { accepted: 10, late: 1, handled: 10, disconnected: 2 },
  endedBy: 'SIGTERM',
  tookMs: 9000,
};

const withClients = (more: Partial<DrainFindings['clients']>) => ({ ...GOOD, clients: { ...GOOD.clients, ...more } });
const withSeen = (more: Partial<DrainFindings['seen']>) => ({ ...GOOD, seen: { ...GOOD.seen, ...more } });

describe('The verdict on a drain', () => {
  it('finds nothing where all is well', () => {
    expect(drainFailures(GOOD)).toEqual([]);
    const clients = { ...GOOD.clients, byCode: { 1001: 2 }, retryAfter: [] };
    expect(drainFailures({ ...GOOD, signal: 'SIGINT', endedBy: 'SIGINT', clients })).toEqual([]);
  });

  it.each<[string, DrainFindings]>([
    ['1 clients saw 1006', withClients({ byCode: { 1012: 1, 1006: 1 } })],
    ['1 of 2 clients were told 1012', withClients({ byCode: { 1012: 1 } })],
    ['1 connections were left open', withClients({ open: 1 })],
    ['1 connections did not end cleanly', withClients({ unclean: 1 })],
    ['1 clients were told when to come back', withClients({ retryAfter: [5] })],
    ['all come back between 900 and 1000 ms', withClients({ retryAfter: [900, 1000] })],
    ['10 requests were accepted, 10 handled, 9 answered', withClients({ answered: 9 })],
    ['1 answers were not what came next', withClients({ wrong: 1 })],
    ['no newcomer was told 503', withSeen({ upgrades: { 101: 1 } })],
    ['newcomers saw 404', withSeen({ upgrades: { 101: 1, 503: 1, 404: 1 } })],
    ['1 newcomers were not told when to come back', withSeen({ withoutRetryAfter: 1 })],
    ['1 newcomers were let in behind one that was refused', withSeen({ letInLater: 1 })],
    ['readiness did not turn', withSeen({ ready: { 200: 3 } })],
    [
      'handleDisconnect ran to its end for 1',
      { ...GOOD, counts: { accepted: 10, late: 0, handled: 10, disconnected: 1 } },
    ],
    [
      'handleDisconnect ran to its end for 3',
      { ...GOOD, counts: { accepted: 10, late: 0, handled: 10, disconnected: 3 } },
    ],
    [
      '11 requests were accepted, 10 handled, 10 answered',
      { ...GOOD, counts: { accepted: 11, late: 0, handled: 10, disconnected: 2 } },
    ],
    ['the server ended by SIGTERM without running its hooks', { ...GOOD, counts: undefined }],
    ['the process ended by nothing, not by SIGTERM', { ...GOOD, endedBy: 'nothing' }],
    ['the end took 30000 ms', { ...GOOD, tookMs: 30_000 }],
  ])('%s', (failure, findings) => {
    expect(drainFailures(findings)).toContain(failure);
  });
});

describe('The options of the drain', () => {
  it('have defaults, and are taken as given', () => {
    expect(parseDrainOptions([])).toEqual({ connections: 5000, rate: 4000, seconds: 5 });
    expect(parseDrainOptions(['--connections', '10', '--rate', '20', '--seconds', '1'])).toEqual({
      connections: 10,
      rate: 20,
      seconds: 1,
    });
  });

  it.each(['connections', 'rate', 'seconds'])('--%s 0 is refused', (name) => {
    expect(() => parseDrainOptions([`--${name}=0`])).toThrow(RangeError);
  });
});
