import './setup/node-version.mjs';
import { buildProjects } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { watchParent } from './setup/parent-watch.mjs';
import { main } from './setup/run.mjs';

/** `npm start`: installs and builds what is missing, then runs the sample app. */
await main(async () => {
  // From here on, not from the server's start on: when npm is ended during the set-up, no server may come up after it.
  if (process.env.npm_lifecycle_event === 'start') watchParent();
  await installDependencies();
  await buildProjects();
});

// In this process, not in a child: signals reach the server itself, and its exit code is ours.
await import('../apps/sample/dist/main.js');
