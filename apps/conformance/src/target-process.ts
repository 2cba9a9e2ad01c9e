import { allCases } from './cases/all-cases.js';
import { isSelected } from './selection.js';
import { runCases } from './run-cases.js';
import { openTarget } from './targets/open-target.js';
import type { TargetName } from './targets/target.js';

/*
 * One target and its cases, in a process of their own: targets do not disturb each other, and take a processor each. Run
 * by conformance.ts, which gives it the target and the selection.
 */

const [name, ...only] = process.argv.slice(2);
const target = await openTarget(name as TargetName);
const outcomes = await runCases(
  allCases('full').filter(({ id }) => isSelected(id, only)),
  target,
);
await target.close();
process.send?.(outcomes);
process.disconnect();
