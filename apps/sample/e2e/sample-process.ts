import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TYPESCRIPT = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const MAIN = join(ROOT, 'apps', 'sample', 'dist', 'main.js');

/** Where a run leaves what is to be looked at. */
export const ARTIFACTS = join(ROOT, 'artifacts');

/** Compiles the sample, its page, and what they need. A browser runs no TypeScript. */
export function buildSample(): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [TYPESCRIPT, '-b'], { cwd: ROOT }, (error, stdout) => {
      // The compiler speaks on stdout; without it, the error says only that there was one.
      if (error === null) resolve();
      else reject(new Error(`The build fails:\n${stdout}`, { cause: error }));
    });
  });
}

/** The sample as people run it, in a process of its own, on a free port. */
export class SampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly pageUrl: string,
  ) {}

  static async start(): Promise<SampleProcess> {
    const env = { ...process.env, HOST: '127.0.0.1', PORT: '0' };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const pageUrl = await new Promise<string>((resolve, reject) => {
      const listen = (text: Buffer): void => {
        said += text.toString();
        const [, url] = /^\s+page\s+(http:\S+)/m.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('exit', () => reject(new Error(`The sample did not start:\n${said}`)));
    });
    return new SampleProcess(child, pageUrl);
  }

  /** What Ctrl-C does. @returns the exit code; `null` if a signal ended the process. */
  async interrupt(): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    const [exitCode] = (await exited) as [number | null];
    return exitCode;
  }

  /** Leaves nothing behind, whatever went wrong. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
