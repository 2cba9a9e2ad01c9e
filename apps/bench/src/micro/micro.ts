import { parseArgs } from 'node:util';
import { run } from 'mitata';
import { benchCodec } from './json-codec.js';
import { benchFrames } from './frames.js';
import { benchMask } from './mask.js';
import { benchPrepared } from './one-for-many.js';
import { benchRoutes } from './route-lookup.js';
import { benchWheel } from './timing-wheel.js';

/*
 * npm run bench:micro -- [--only TEXT]
 *
 * The functions that each message goes through, by themselves: for a look at a change, not for a comparison with anybody. mitata says how
 * long one call takes, and how steady that is.
 */

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

benchFrames();
benchMask();
benchCodec();
benchPrepared();
benchWheel();
const closeRoutes = await benchRoutes();

await run({ ...(values.only === '' ? {} : { filter: new RegExp(values.only, 'i') }), throw: true });
await closeRoutes();
