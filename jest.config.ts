import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

/** Specs run against the sources: the `@nestwire/source` export condition needs no build before them. */
const specs = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@nestwire/source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.spec.json' }] },
} satisfies Config;

const SOURCE_OF_JS = { '^(\\.{1,2}/.*)\\.js$': '$1' };

/** Nest 11 has a node_modules of its own (libs/nest-11); here it is what everybody finds who asks for Nest. */
const NEST_11 = {
  '^@nestjs/(common|core|platform-express|platform-socket\\.io|platform-ws|terminus|testing|websockets)(/.*)?$':
    '<rootDir>/libs/nest-11/node_modules/@nestjs/$1$2',
};

const config: Config = {
  // For what hangs; on a busy machine, whole sections of the conformance take longer than Jest's own 5 s.
  testTimeout: 30_000,
  // Jest leaves a core free: of two, that would be half.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    {
      ...specs,
      displayName: 'nest 12',
      testMatch: ['<rootDir>/{packages,libs,apps}/*/{src,examples,e2e}/**/*.spec.ts'],
      moduleNameMapper: SOURCE_OF_JS,
    },
    {
      ...specs,
      displayName: 'nest 11',
      testMatch: ['<rootDir>/packages/nestjs/{src,examples,e2e}/**/*.spec.ts'],
      moduleNameMapper: { ...NEST_11, ...SOURCE_OF_JS },
    },
  ],
};

export default config;
