import { existsSync } from 'node:fs';
import { ensureDebianPackage } from './debian-package.mjs';
import { SetupError } from './run.mjs';

/** What the tests behind nginx need besides: its module that passes TCP on as it is. */
const STREAM_MODULE = { command: '/usr/lib/nginx/modules/ngx_stream_module.so', package: 'libnginx-mod-stream' };

/**
 * Finds an nginx for the tests behind it, or installs Debian's where that is possible, and answers its path. Without one they are
 * skipped on a developer's machine and the run fails in CI.
 */
export async function provideNginx() {
  const chosen = process.env.NESTWIRE_NGINX;
  if (chosen && !existsSync(chosen)) {
    throw new SetupError(`NESTWIRE_NGINX names a file that is not there: ${chosen}`);
  }
  const path = chosen || (await ensureDebianPackage({ command: 'nginx', package: 'nginx' }));
  const missing = path === undefined ? ['nginx'] : [];
  if (path !== undefined && (await ensureDebianPackage(STREAM_MODULE)) === undefined) {
    missing.push(STREAM_MODULE.package);
  }
  if (missing.length === 0) return path;
  const advice =
    `Not all that the tests behind nginx need is here: install it (on Debian: apt-get install ${missing.join(' ')})` +
    (path === undefined ? ', or set NESTWIRE_NGINX to the path of an nginx.' : '.');
  if (process.env.CI) throw new SetupError(advice);
  console.warn(advice);
  return path;
}
