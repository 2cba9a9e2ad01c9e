import type { Config } from 'jest';

/** Specs run against the sources: the `@nestwire/source` export condition needs no build before them. */
const config: Config = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@nestwire/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/{packages,libs,apps}/*/{src,examples,e2e}/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.spec.json' }] },
};

export default config;
