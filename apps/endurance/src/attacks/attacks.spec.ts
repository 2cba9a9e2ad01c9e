import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestwireOptions } from '@nestwire/nestjs';
import type { Attack } from './attack.js';
import { Battlefield } from './battlefield.js';
import { DEFLATE_ATTACKS } from './deflate-attacks.js';
import { FRAME_ATTACKS } from './frame-attacks.js';
import { HANDSHAKE_ATTACKS } from './handshake-attacks.js';
import { MESSAGE_ATTACKS } from './message-attacks.js';
import { SOCKET_ATTACKS } from './socket-attacks.js';

/* The server and its well-behaved client are processes of their own, as they were built: `npm run build` comes first. */

const MIB = 1024 * 1024;
/** What all attacks together may take, on top of what there was before the first: each has a limit that is far below. */
const MOST_MEMORY = 150 * MIB;
/** On a machine that does other things besides. */
const WORST_LATENCY_MS = 2000;

const PLAIN = [...HANDSHAKE_ATTACKS, ...SOCKET_ATTACKS, ...FRAME_ATTACKS, ...MESSAGE_ATTACKS];

describe.each<[string, NestwireOptions, readonly Attack[]]>([
  ['A server as it is shipped', {}, PLAIN],
  ['A server with permessage-deflate', { perMessageDeflate: true }, DEFLATE_ATTACKS],
])('%s', (_, options, attacks) => {
  let field: Battlefield;
  let before: number;
  beforeAll(async () => {
    field = await Battlefield.open(options);
    before = (await field.toll()).health.resident;
  });
  afterAll(() => field.close());

  /** None of the attackers' connections is left. */
  async function settled(): Promise<void> {
    while ((await field.health()).connections > 1) await new Promise((resolve) => setImmediate(resolve));
  }

  it.each(attacks)('$name', async ({ name, run, outcome, causes = {}, limits = [], mayMeet = [] }) => {
    const began = await field.health();
    const seen = await run(field.ports);
    await settled();
    const { service, health } = await field.toll();
    if (process.env['NESTWIRE_FIGURES'] !== undefined) {
      const figures = [service.worstMs, before / MIB, health.mostResident / MIB, health.resident / MIB].map(Math.round);
      console.log(name, JSON.stringify(seen), `worst, before, most, after: ${figures.join(' ')}`);
    }
    expect(seen).toEqual(outcome);
    if (Object.keys(causes).length > 0) expect(grown(began.causes, health.causes)).toEqual(causes);
    const met = Object.keys(grown(began.limits, health.limits));
    expect(met.filter((name) => !mayMeet.includes(name)).sort()).toEqual([...limits].sort());
    expect(health.polluted).toBe(false);
    expect(health.mostResident - before).toBeLessThan(MOST_MEMORY);
    expect(service.wrong).toBe(0);
    expect(service.closed).toBeUndefined();
    expect(service.asked).toBeGreaterThan(0);
    expect(service.worstMs).toBeLessThan(WORST_LATENCY_MS);
  });
});

function grown(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const entries = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}
