import { buildPackage } from './packing/build-package.mjs';
import { main } from './setup/run.mjs';

/** The packages' `prepack`: npm runs it in the package, before `npm pack` and `npm publish`. */
await main(() => buildPackage(process.cwd()));
