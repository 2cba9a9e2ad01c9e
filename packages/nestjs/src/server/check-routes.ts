import { isContractEntry, isPushOnly } from '@nestwire/envelope';
import { normalizePath } from './path-pattern.js';
import type { PatternTable } from './pattern-table.js';
import type { Gateway } from '../nest-seam.js';

/**
 * What would go wrong at the first message goes wrong at the start.
 *
 * @throws Error for a method that subscribes to what is no code, and for two of one path that subscribe to the same.
 */
export function checkRoutes(gateways: readonly Gateway[], patterns: PatternTable): void {
  const taken = new Map<string, string>();
  for (const { port, path, handlers, module } of gateways) {
    for (const { name, message } of handlers) {
      const code = patterns.codeOf(message);
      if (code === undefined) throw new Error(`${name} subscribes to ${String(message)}: ${patterns.advice}`);
      if (isContractEntry(message) && isPushOnly(message)) {
        throw new Error(`${name} subscribes to ${String(message)}, which has a push alone: no client sends it`);
      }
      const route = `${String(port)} ${normalizePath(path)} ${String(code)}`;
      const other = taken.get(route);
      const here = `${name} (${module})`;
      if (other !== undefined) {
        throw new Error(`${other} and ${here} both subscribe to ${String(message)} on ${normalizePath(path)}`);
      }
      taken.set(route, here);
    }
  }
}
