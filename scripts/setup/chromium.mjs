import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError } from './run.mjs';

const LINUX = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
];
const MACOS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const WINDOWS = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) => {
  const base = process.env[variable];
  if (base === undefined) return [];
  return [
    join(base, 'Chromium', 'Application', 'chrome.exe'),
    join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'),
    join(base, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
  ];
});

/**
 * Finds a Chromium for the test of the page, or installs Debian's where that is possible, and answers its path.
 * Without one the test is skipped on a developer's machine and the run fails in CI.
 */
export async function provideChromium() {
  const chosen = process.env.NESTWIRE_CHROMIUM;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new SetupError(`NESTWIRE_CHROMIUM names a file that is not there: ${chosen}`);
  }
  const path = findChromium() ?? (await installChromium());
  if (path !== undefined) return path;
  const advice =
    'No Chromium for the test of the page: install one (on Debian: apt-get install chromium), ' +
    'or set NESTWIRE_CHROMIUM to its path.';
  if (process.env.CI) throw new SetupError(advice);
  console.warn(advice);
  return undefined;
}

function findChromium() {
  const candidates = { darwin: MACOS, win32: WINDOWS }[process.platform] ?? LINUX;
  return candidates.find((candidate) => existsSync(candidate));
}

async function installChromium() {
  const isRootOnDebian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!isRootOnDebian) return undefined;
  console.log('Installing Chromium for the test of the page (once)…');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // One package source out of order is no reason to give up: whether the package can be had, the second command says.
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
  return findChromium();
}
