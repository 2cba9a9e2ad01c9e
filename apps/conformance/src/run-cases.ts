import type { ConformanceCase } from './conformance-case.js';
import { type Outcome, runCase } from './run-case.js';
import type { Target } from './targets/target.js';

/** So many connections are open at a time: a case that waits for a failure that does not come holds up no other. */
const AT_A_TIME = 16;

/** From section 9 on cases are heavy: more of them at a time would only hold more memory. */
const FIRST_HEAVY_SECTION = 9;
const HEAVY_AT_A_TIME = 2;

export type Outcomes = Readonly<Record<string, Outcome>>;

export function sectionOf({ id }: ConformanceCase): number {
  return Number.parseInt(id, 10);
}

/** Runs cases against one target, several at a time. */
export async function runCases(cases: readonly ConformanceCase[], target: Target): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  const run = async (some: readonly ConformanceCase[], atATime: number): Promise<void> => {
    let next = 0;
    const work = async (): Promise<void> => {
      for (let given = some[next++]; given !== undefined; given = some[next++]) {
        outcomes.set(given.id, await runCase(given, target));
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
  };
  const isHeavy = (given: ConformanceCase): boolean => sectionOf(given) >= FIRST_HEAVY_SECTION;
  await run(
    cases.filter((given) => !isHeavy(given)),
    AT_A_TIME,
  );
  await run(cases.filter(isHeavy), HEAVY_AT_A_TIME);
  // In the order of the cases, whichever ended first.
  return Object.fromEntries(cases.map(({ id }) => [id, outcomes.get(id) ?? 'failed: not run']));
}
