import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './setup/run.mjs';

/**
 * Prints the totals of the last `npm test` in one line. Fails unless every test ran and passed: a test that CI skips
 * guards nothing.
 */
const results = JSON.parse(await readFile(join(root, 'artifacts', 'test-results.json'), 'utf8'));
const passed = results.numPassedTests;
// A file that does not load has no tests to count; it failed all the same.
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
const skipped = results.numPendingTests + results.numTodoTests;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (passed === 0 || failed > 0 || skipped > 0) process.exitCode = 1;
