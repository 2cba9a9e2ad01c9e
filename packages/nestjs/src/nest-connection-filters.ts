import { HttpException, type INestApplicationContext, type Type } from '@nestjs/common';
import { ApplicationConfig, type ModulesContainer } from '@nestjs/core';
import { CloseConnectionException } from './exceptions/close-connection.exception.js';
import { CloseCodeFilter } from './filters/close-code.filter.js';

/*
 * Nest asks no filter about what `handleConnection` throws, and most filters would not know what to do with it: there is no message.
 * But a `CloseCodeFilter` says how connections end, so its table counts there as well: that of the gateway, then the global ones.
 */

/** Nest's metadata key; `nest-seam.spec.ts` holds it to it. */
const FILTERS = '__exceptionFilters__';

type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** By the gateways' instances: read anew for each exception, because those are rare, and global filters may come later. */
const filtersOfGateways = new WeakMap<object, () => CloseCodeFilter[]>();

/** Has the rules of a gateway's filters count for its `handleConnection`. */
export function keepCloseCodeFilters(
  gateway: object,
  type: Type,
  module: NestModule,
  app: INestApplicationContext,
): void {
  filtersOfGateways.set(gateway, () => {
    const own = ((Reflect.getMetadata(FILTERS, type) ?? []) as unknown[]).map((filter) =>
      typeof filter === 'function' ? module.injectables.get(filter as Type)?.instance : filter,
    );
    // The order in which Nest asks filters: the nearest first, and of those the last.
    return [...app.get(ApplicationConfig).getGlobalFilters(), ...own]
      .filter((filter) => filter instanceof CloseCodeFilter)
      .reverse();
  });
}

/** What an exception of a gateway's `handleConnection` stands for, by its filters' tables; itself, if none names it. */
export function connectionFailure(gateway: object, exception: unknown): unknown {
  for (const filter of filtersOfGateways.get(gateway)?.() ?? []) {
    const outcome = filter.outcomeOf(exception);
    if (outcome?.kind === 'close') return new CloseConnectionException(outcome.closeCode, outcome.closeReason);
    if (outcome?.kind === 'error') return new HttpException(outcome.error.message, outcome.error.status);
  }
  return exception;
}
