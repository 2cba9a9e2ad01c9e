import type { Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { type Enhancer, type EnhancerKind, GUARDS, INTERCEPTORS, NEST_RUNS_GLOBALS, PIPES } from './nest-enhancers.js';
import { preparePipe } from './nest-pipes.js';

/*
 * Global guards, pipes and interceptors reach gateways in Nest 12, and not in 11. On 11 they are put in front of those of
 * each gateway's class, where Nest finds them in the order that it gives them itself on 12: global, class, method.
 *
 * This is done when Nest tells the adapter of `forceCloseConnections`, on both majors the last thing before it builds the
 * first gateway's handlers: what `useGlobal…()` and `APP_…` have brought by then counts, as for controllers.
 *
 * `nest-globals.spec.ts` fails, on whichever major is at hand, as soon as a global enhancer runs twice or not at all.
 */

/** What a class had before anything was put in front. */
const own = new WeakMap<object, Map<string, unknown[]>>();

/** Has the application's global enhancers run for these gateways: once, whoever does it. */
export function bringGlobals(config: ApplicationConfig, gateways: readonly Type[]): void {
  config.getGlobalPipes().forEach(preparePipe);
  if (NEST_RUNS_GLOBALS) return;
  for (const gateway of gateways) {
    bringTo(gateway, GUARDS, config);
    bringTo(gateway, PIPES, config);
    bringTo(gateway, INTERCEPTORS, config);
  }
}

function bringTo<T extends Enhancer>(
  gateway: Type,
  { key, globals }: EnhancerKind<T>,
  config: ApplicationConfig,
): void {
  const list = [...globals(config), ...ownOf(gateway, key)];
  if (list.length > 0 || Reflect.hasOwnMetadata(key, gateway)) Reflect.defineMetadata(key, list, gateway);
}

/** The kinds of enhancers that the application has one of for each request: a gateway that is none such does not get them. */
export function scopedGlobalsOf(config: ApplicationConfig): string[] {
  const kinds: string[] = [];
  if (config.getGlobalRequestGuards().length > 0) kinds.push('APP_GUARD');
  if (config.getGlobalRequestPipes().length > 0) kinds.push('APP_PIPE');
  if (config.getGlobalRequestInterceptors().length > 0) kinds.push('APP_INTERCEPTOR');
  if (config.getGlobalRequestFilters().length > 0) kinds.push('APP_FILTER');
  return kinds;
}

/** A class's own enhancers, inherited ones included, without what was put in front of them for this or another application. */
function ownOf(target: object, key: string): unknown[] {
  let kept = own.get(target);
  if (kept === undefined) own.set(target, (kept = new Map<string, unknown[]>()));
  let list = kept.get(key);
  if (list === undefined) {
    const base = Object.getPrototypeOf(target) as object | null;
    if (Reflect.hasOwnMetadata(key, target)) list = Reflect.getOwnMetadata(key, target) as unknown[];
    else list = base === null || base === Function.prototype ? [] : ownOf(base, key);
    kept.set(key, list);
  }
  return list;
}
