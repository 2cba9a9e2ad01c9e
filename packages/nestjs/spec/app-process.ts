import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** An application of this folder, compiled, in a process of its own; it runs on what is built. */
export class AppProcess {
  private readonly file: string;
  private readonly source: string;
  private child: ChildProcess | undefined;
  private said = '';

  /** @param start - the function of the file that starts it. */
  constructor(
    file: string,
    private readonly start: string,
  ) {
    this.source = fileURLToPath(new URL(file, import.meta.url));
    this.file = join(ROOT, 'artifacts', `${basename(file, '.ts')}-${String(process.pid)}.mjs`);
  }

  /** @returns its port. */
  async run(): Promise<number> {
    execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/nestjs'], {
      cwd: ROOT,
    });
    const { outputText } = ts.transpileModule(readFileSync(this.source, 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    const port = 'console.log(app.getHttpServer().address().port)';
    writeFileSync(this.file, `${outputText}\n${this.start}().then((app) => ${port});\n`);
    const child = spawn(process.execPath, [this.file], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    child.stdout.on('data', (bytes: Buffer) => (this.said += bytes.toString()));
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`It did not start: ${this.said}`)));
    ended.catch(() => undefined);
    // What else it says, such as a log, stands in lines of its own.
    const isPort = /^(\d+)\n/m;
    while (!isPort.test(this.said)) await Promise.race([once(child.stdout, 'data'), ended]);
    return Number(isPort.exec(this.said)?.[1]);
  }

  /** Sends a signal, and waits for the end. @returns how it ended, and what it said. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: unknown; signal: unknown; said: string }> {
    rmSync(this.file, { force: true });
    if (this.child?.kill(signal) !== true) return { code: undefined, signal: undefined, said: this.said };
    const [code, by] = (await once(this.child, 'close')) as [unknown, unknown];
    return { code, signal: by, said: this.said };
  }
}
