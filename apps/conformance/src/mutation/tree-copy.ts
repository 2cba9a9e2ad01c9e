import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Mutation } from './mutations.js';

const COPIED = [
  'packages',
  'libs',
  'apps/conformance',
  'jest.config.ts',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.spec.json',
];

/** A mutation that makes a parser spin must not hold up the rest, in milliseconds. */
const LONGEST_RUN_MS = 120_000;

/** What a run of specs came to. */
export interface Verdict {
  readonly red: boolean;
  /** The first spec that failed. */
  readonly by: string;
}

interface JestResults {
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A copy of the sources in which checks are taken away; the work tree is never touched. */
export class TreeCopy {
  private readonly folder = mkdtempSync(join(tmpdir(), 'nestwire-mutate-'));

  constructor(root: string) {
    const filter = (path: string): boolean => !['dist', 'node_modules'].includes(basename(path));
    for (const path of COPIED) cpSync(join(root, path), join(this.folder, path), { recursive: true, filter });
    // Dependencies are the work tree's; our own packages are the copy's.
    const modules = join(this.folder, 'node_modules');
    mkdirSync(join(modules, '@nestwire'), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== '@nestwire') symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    for (const group of ['packages', 'libs']) {
      for (const name of readdirSync(join(this.folder, group))) {
        symlinkSync(join(this.folder, group, name), join(modules, '@nestwire', name));
      }
    }
  }

  /** Runs specs with one check less. */
  async judge(mutation: Mutation, specs: readonly string[]): Promise<Verdict> {
    const path = join(this.folder, mutation.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, mutation.mutated);
    try {
      return await this.run(specs);
    } finally {
      writeFileSync(path, original);
    }
  }

  async run(specs: readonly string[]): Promise<Verdict> {
    const report = join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const jest = [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--rootDir',
      this.folder,
      '--silent',
      '--bail=1',
    ];
    const args = [...jest, '--maxWorkers=1', '--json', `--outputFile=${report}`, ...specs];
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
    await new Promise((resolve) => child.once('exit', resolve));
    clearTimeout(timer);
    return verdictOf(report);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function verdictOf(report: string): Verdict {
  let results: JestResults;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')) as JestResults;
  } catch {
    return { red: true, by: 'a run without an end' };
  }
  const failed = results.testResults.find(({ status }) => status === 'failed');
  if (failed === undefined) return { red: false, by: `${String(results.numTotalTests)} tests passed` };
  const test = failed.assertionResults.find(({ status }) => status === 'failed');
  return { red: true, by: `${basename(failed.name)}: ${test?.fullName ?? 'did not run'}` };
}
