import './setup/node-version.mjs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildProjects } from './setup/build.mjs';
import { provideChromium } from './setup/chromium.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { ensureDebianPackage } from './setup/debian-package.mjs';
import { provideNginx } from './setup/nginx.mjs';
import { main, root, run } from './setup/run.mjs';
import { provideTinyproxy } from './setup/tinyproxy.mjs';

const RESULTS = join('artifacts', 'test-results.json');

/**
 * `npm test`: installs and builds what is missing, then runs the specs; `npm test -- <arguments for Jest>`.
 * The specs themselves run on the sources. The build is for what a browser or a Node of its own loads in them.
 */
await main(async () => {
  await installDependencies();
  await buildProjects();
  const chromium = await provideChromium();
  const nginx = await provideNginx();
  const tinyproxy = await provideTinyproxy();
  // Hosts that vanish are network namespaces.
  await ensureDebianPackage({ command: 'ip', package: 'iproute2' });
  // What an earlier run left must not be taken for this one's.
  await rm(join(root, RESULTS), { force: true });
  await mkdir(join(root, 'artifacts'), { recursive: true });
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = [join('node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${RESULTS}`];
  process.exitCode = await run(process.execPath, [...node, ...jest, ...process.argv.slice(2)], {
    env: {
      ...(chromium === undefined ? {} : { NESTWIRE_CHROMIUM: chromium }),
      ...(nginx === undefined ? {} : { NESTWIRE_NGINX: nginx }),
      ...(tinyproxy === undefined ? {} : { NESTWIRE_TINYPROXY: tinyproxy }),
    },
  });
});
