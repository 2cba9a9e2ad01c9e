import type { NestwireObserver, PathObserver } from './nestwire-observer.js';
import type { NestwireMessage } from '../message/nestwire-message.js';
import type { NestwireServer } from '../server/nestwire-server.js';

type Told = Exclude<keyof PathObserver, 'around'>;

const TOLD = [
  'refused',
  'opened',
  'closed',
  'received',
  'sent',
  'handled',
  'settled',
] as const satisfies readonly Told[];

/**
 * All observers of a path as one, which has what at least one of them has.
 *
 * @param report - told what they throw.
 * @returns `undefined` where there is nobody to tell.
 */
export function observePath(
  observers: readonly NestwireObserver[],
  server: NestwireServer,
  report: (exception: unknown) => void,
): PathObserver | undefined {
  const here = observers.map((observer) => observer.observe(server)).filter((observer) => observer !== undefined);
  if (here.length === 0) return undefined;
  const all: Record<string, unknown> = {};
  for (const name of TOLD) {
    const those = here.filter((observer) => observer[name] !== undefined);
    if (those.length > 0) all[name] = tellAll(those, name, report);
  }
  const around = here.filter((observer) => observer.around !== undefined);
  if (around.length > 0) all['around'] = nestAll(around, report);
  return all;
}

function tellAll(observers: readonly PathObserver[], name: Told, report: (exception: unknown) => void) {
  return (...what: unknown[]): void => {
    for (const observer of observers) {
      try {
        (observer[name] as ((...what: unknown[]) => void) | undefined)?.apply(observer, what);
      } catch (exception) {
        report(exception);
      }
    }
  };
}

/** The first is the outermost. Whatever one of them does, the work is done once. */
function nestAll(observers: readonly PathObserver[], report: (exception: unknown) => void) {
  return (message: NestwireMessage, work: () => void): void => {
    let isDone = false;
    const once = (): void => {
      if (isDone) return;
      isDone = true;
      work();
    };
    const nested = observers.reduceRight<() => void>((inner, observer) => {
      return () => observer.around?.(message, inner);
    }, once);
    try {
      nested();
    } catch (exception) {
      report(exception);
    }
    once();
  };
}
