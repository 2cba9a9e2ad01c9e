import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importsPlugin } from './scripts/imports/eslint-plugin.mjs';

/** What the scripts use of Node's globals. */
const NODE_GLOBALS = [
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'process',
  'setInterval',
  'setTimeout',
  'URL',
];

export default defineConfig(
  // The last is compiled, strictly, in projects that `npm run compat` makes; here is no Nest 11, and no Fastify.
  globalIgnores(['**/dist/', '**/artifacts/', '**/coverage/', 'scripts/compat/app/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { imports: importsPlugin },
    languageOptions: {
      // Two programs, as for `npm run typecheck`: all that runs in Node, specs included, and what runs in a browser. A
      // project service would open one a package, and would not find the specs in any of them.
      parserOptions: {
        project: ['./tsconfig.spec.json', './apps/sample/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'imports/direction': 'error',
      // Nest injects by the types that decorated classes name: the rule leaves those imports alone.
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/triple-slash-reference': ['error', { lib: 'always', path: 'never', types: 'never' }],
    },
  },
  {
    files: ['**/*.spec.ts'],
    // `expect(object.method)` names a method; it does not call it.
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
);
