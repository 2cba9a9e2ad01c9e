import { watchParent } from './setup/parent-watch.mjs';

// Preloaded into the server by `nest start`: nest-cli.json says so.
watchParent();
