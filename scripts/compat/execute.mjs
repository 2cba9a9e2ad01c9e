import { execFile } from 'node:child_process';
import { SetupError } from '../setup/run.mjs';

/** Runs a command to its end and answers what it printed; a failure's message holds all of that. */
export function execute(command, args, { cwd, env = {} } = {}) {
  const shell = process.platform === 'win32' && command === 'npm';
  const options = { cwd, env: { ...process.env, ...env }, shell, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new SetupError(`${command} ${args.join(' ')}: exit code ${error.code}\n${stdout}${stderr}`));
    });
  });
}
