/**
 * Who may import whom, and nothing else: the one table behind the ESLint rule, `npm run build` and CI.
 *
 * A row holds for the files under its path, and the longest path that fits a file wins. `imports` are names in
 * `@nestwire/`. Without `npm`, no npm package; with it, those that the project's own package.json names. Without
 * `node`, no `node:*` either. Specs and examples may also import their own package, libs, any npm package and Node. Not
 * in the table, because it holds for all: a relative import stays in its project, and another project is imported
 * through its public entries only.
 */
const packages = [
  'protocol',
  'envelope',
  'engine',
  'broker',
  'broker-redis',
  'broker-nats',
  'nestjs',
  'client',
  'inspector',
  'testing',
];
export const libs = ['contracts', 'test-support'];

export const directions = {
  'packages/protocol': { imports: [] },
  'packages/envelope': { imports: [] },
  // Types alone, of Standard Schema.
  'packages/envelope/src/contract': { imports: [], npm: true },
  'packages/envelope/src/msgpack': { imports: [], npm: true },
  'packages/engine': { imports: ['protocol'], node: true },
  'packages/broker': { imports: [], npm: true, node: true },
  'packages/broker-redis': { imports: ['broker'], npm: true, node: true },
  'packages/broker-nats': { imports: ['broker'], npm: true, node: true },
  'packages/nestjs': { imports: ['engine', 'envelope', 'broker'], npm: true, node: true },
  'packages/client': { imports: ['envelope'], npm: true },
  'packages/client/src/node': { imports: ['envelope', 'engine'], npm: true, node: true },
  'packages/inspector': { imports: ['protocol', 'envelope', 'engine', 'client'], npm: true, node: true },
  'packages/inspector/src/nest': {
    imports: ['protocol', 'envelope', 'engine', 'client', 'nestjs'],
    npm: true,
    node: true,
  },
  'packages/testing': { imports: ['envelope', 'engine', 'nestjs'], npm: true, node: true },
  'libs/contracts': { imports: ['envelope'] },
  'libs/test-support': { imports: packages, npm: true, node: true },
  apps: { imports: ['nestjs', 'client', ...libs], npm: true, node: true },
  // Beside the servers, the hot functions by themselves.
  'apps/bench': { imports: ['protocol', 'envelope', 'engine', 'nestjs', ...libs], npm: true, node: true },
  'apps/conformance': { imports: ['protocol', 'engine', ...libs], npm: true, node: true },
  'apps/endurance': { imports: ['protocol', 'envelope', 'engine', 'nestjs', ...libs], npm: true, node: true },
  'apps/sample/page': { imports: ['client', 'envelope', 'contracts'] },
  'apps/sample': { imports: ['nestjs', 'client', 'envelope', ...libs], npm: true, node: true },
};
