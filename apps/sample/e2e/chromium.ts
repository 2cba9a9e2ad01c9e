import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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

/** No sandbox, because root has none in a container; and nothing that talks to the outside on its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium that NESTWIRE_CHROMIUM names, else the first of the usual places that has one. */
export function findChromium(): string | undefined {
  const chosen = process.env['NESTWIRE_CHROMIUM'];
  // A wrong path must fail where it is used; another browser in its place would be a surprise.
  if (chosen !== undefined && chosen !== '') return chosen;
  const candidates = process.platform === 'darwin' ? MACOS : process.platform === 'win32' ? WINDOWS : LINUX;
  return candidates.find((candidate) => existsSync(candidate));
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
