import { buildProjects } from './setup/build.mjs';
import { main } from './setup/run.mjs';

/**
 * Runs after an `npm install` or `npm ci` by hand: Nest's command line compiles one project at a time, so
 * `nest build` and `nest start sample --watch` need the others built. A tree that does not compile at the moment is no
 * reason for an installation to fail.
 */
await main(async () => {
  try {
    await buildProjects();
  } catch (error) {
    console.error(`${error.message} Once it compiles: npm run build.`);
  }
});
