import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, wherever the caller stands. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A failure that its message explains in full: callers print the message, not the stack. */
export class SetupError extends Error {}

/**
 * Runs a command in the root to its end, on our terminal, and answers its exit code.
 * A signal that reaches us meanwhile ends it (`endWith` says how); when it is gone, so are we, with the usual 128 + n.
 */
export function run(command, args, { env = {}, shell = false, endWith = undefined } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, shell, stdio: 'inherit' });
    let stoppedBy;
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(endWith ?? signal);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (stoppedBy !== undefined) process.exit(128 + constants.signals[stoppedBy]);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Runs npm. Its command is a batch file on Windows, which only a shell can start; under npm we know its script. */
export function runNpm(args) {
  // Asked politely, an installation goes on for up to 20 s, and the next one would meet it. Half of one does no harm.
  const endWith = 'SIGKILL';
  const script = process.env.npm_execpath;
  if (script !== undefined && script.endsWith('npm-cli.js'))
    return run(process.execPath, [script, ...args], { endWith });
  return run('npm', args, { shell: process.platform === 'win32', endWith });
}

/** Runs one of the two commands: what it throws as a `SetupError` becomes one line and exit code 1. */
export async function main(command) {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exit(1);
  }
}
