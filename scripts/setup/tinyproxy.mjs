import { existsSync } from 'node:fs';
import { ensureDebianPackage } from './debian-package.mjs';
import { SetupError } from './run.mjs';

/**
 * Finds a tinyproxy for the tests through a proxy, or installs Debian's where that is possible, and answers its path. Without one they
 * are skipped on a developer's machine and the run fails in CI.
 */
export async function provideTinyproxy() {
  const chosen = process.env.NESTWIRE_TINYPROXY;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new SetupError(`NESTWIRE_TINYPROXY names a file that is not there: ${chosen}`);
  }
  const path = await ensureDebianPackage({ command: 'tinyproxy', package: 'tinyproxy-bin' });
  if (path !== undefined) return path;
  const advice =
    'No tinyproxy for the tests through a proxy: install one (on Debian: apt-get install tinyproxy-bin), ' +
    'or set NESTWIRE_TINYPROXY to its path.';
  if (process.env.CI) throw new SetupError(advice);
  console.warn(advice);
  return undefined;
}
