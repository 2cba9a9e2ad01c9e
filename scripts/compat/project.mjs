import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.mjs';

const sources = fileURLToPath(new URL('app/src', import.meta.url));

const STRICT = {
  target: 'ES2023',
  strict: true,
  exactOptionalPropertyTypes: true,
  // Our declarations, and all that they import, are checked as well.
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
};

const JEST = {
  moduleFileExtensions: ['js', 'json', 'ts'],
  rootDir: 'src',
  testRegex: '.*\\.spec\\.ts$',
  transform: { '^.+\\.(t|j)s$': 'ts-jest' },
  testEnvironment: 'node',
};

const JEST_ESM = {
  ...JEST,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
};

/**
 * What an application in either format is: as `nest new` made it for as long as a major was the newest, and as those have
 * it who have stayed with CommonJS.
 */
export const FORMATS = {
  ESM: { type: 'module', compilerOptions: { module: 'NodeNext' }, jest: JEST_ESM },
  CommonJS: {
    type: 'commonjs',
    compilerOptions: { module: 'CommonJS', moduleResolution: 'node10', esModuleInterop: true },
    jest: JEST,
  },
  /** Nest 12 is ESM: only this kind of CommonJS knows that Node's `require()` can load it. */
  'CommonJS, NodeNext': { type: 'commonjs', compilerOptions: { module: 'NodeNext' }, jest: undefined },
};

/** Installs a Nest with both platforms, our tarballs, and what an application of that Nest is compiled and tested with. */
export async function installNest(directory, { version, typescript, cli, terminus }, tarballs) {
  const nest = ['common', 'core', 'platform-express', 'platform-fastify', 'testing', 'websockets'];
  const dependencies = {
    ...Object.fromEntries(nest.map((name) => [`@nestjs/${name}`, version])),
    ...tarballs,
    '@nestjs/cli': cli,
    '@nestjs/terminus': terminus,
    '@opentelemetry/api': '^1.9.0',
    '@types/express': '^5.0.0',
    '@types/node': '^22.0.0',
    '@types/ws': '^8.18.0',
    jest: '^30.0.0',
    'prom-client': '^15.1.0',
    'reflect-metadata': '^0.2.2',
    rxjs: '^7.8.2',
    'ts-jest': '^29.4.0',
    typescript,
    ws: '^8.18.0',
  };
  await mkdir(directory, { recursive: true });
  await writeJson(join(directory, 'package.json'), { private: true, dependencies });
  // Strict: a peer range that leaves out the Nest beside it is an error here, as it is for users.
  const args = ['install', '--ignore-scripts', '--strict-peer-deps', '--prefer-offline', '--no-package-lock'];
  await execute('npm', [...args, '--loglevel=error'], { cwd: directory });
  return JSON.parse(await readFile(join(directory, 'node_modules', '@nestjs', 'core', 'package.json'), 'utf8')).version;
}

/** Writes the application in a format, and has Nest's command line compile it. */
export async function compileApp(directory, { type, compilerOptions, jest }) {
  await mkdir(directory, { recursive: true });
  await cp(sources, join(directory, 'src'), { recursive: true });
  if (type === 'commonjs') await dropExtensions(join(directory, 'src'));
  await writeJson(join(directory, 'package.json'), { private: true, type, jest });
  await writeJson(join(directory, 'nest-cli.json'), { sourceRoot: 'src' });
  await writeJson(join(directory, 'tsconfig.json'), { compilerOptions: { ...STRICT, ...compilerOptions } });
  await writeJson(join(directory, 'tsconfig.build.json'), {
    extends: './tsconfig.json',
    include: ['src'],
    exclude: ['src/**/*.spec.ts'],
  });
  const nest = join(directory, '..', 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  await execute(process.execPath, [nest, 'build', '--path', 'tsconfig.build.json'], { cwd: directory });
}

/** The application's own Jest, which Node runs for ESM with the flag that Jest asks for. */
export async function testApp(directory, { type }) {
  const jest = join(directory, '..', 'node_modules', 'jest', 'bin', 'jest.js');
  const flags = type === 'module' ? ['--experimental-vm-modules'] : [];
  await execute(process.execPath, [...flags, jest, '--ci'], { cwd: directory });
}

/** Jest without a mapping, and CommonJS as people write it, know no `./app.module.js` that is a `.ts`. */
async function dropExtensions(directory) {
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/(from '\.[^']*)\.js'/g, "$1'"));
  }
}

async function writeJson(path, value) {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
