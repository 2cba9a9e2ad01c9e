import type { ArgumentsHost, ExceptionFilter, Type } from '@nestjs/common';
import { Catch } from '@nestjs/common';
import { BaseWsExceptionFilter } from '@nestjs/websockets';
import { type AnyClient, NestwireClient } from './client/nestwire-client.js';
import { type BoundFilter, callFilter, filterException } from './exceptions/filter-chain.js';
import { outcomeOf } from './exceptions/outcome.js';
import { NestwireMessage } from './message/nestwire-message.js';

/*
 * Nest's callback resolves to `undefined` after any exception that a filter was given. So every filter of a gateway marks the
 * message before it does its work, and one that catches all stands behind them (first in the metadata is last in the order):
 * it asks the global filters, which Nest itself asks for no gateway, and leaves the rest to the adapter.
 */

const prepared = new WeakSet<object>();

/** Nest's metadata keys; `nest-seam.spec.ts` holds them to it. */
const FILTERS = '__exceptionFilters__';
const CATCHES = '__filterCatchExceptions__';

/** Finds the instance that Nest made of a filter class; `undefined` if it is one a request, or none. */
export type FindInjectable = (type: Type) => unknown;

/** Has all filters of a gateway's class mark the messages that they are called for. */
export function prepareFilters(gateway: Type): void {
  const filters = listOf(gateway);
  filters.forEach(markFailures);
  Reflect.defineMetadata(FILTERS, [new UnhandledExceptionFilter(), ...filters], gateway);
  prepareBaseFilter();
}

/** The same for those of a method. */
export function prepareMethodFilters(method: object): void {
  listOf(method).forEach(markFailures);
}

/** The filters of a handler and its gateway, in the order in which Nest asks them: the last of the nearest first. */
export function filtersOf(gateway: Type, method: object, find: FindInjectable): readonly BoundFilter[] {
  return bind(
    [...listOf(gateway), ...listOf(method)]
      .filter((filter) => !(filter instanceof UnhandledExceptionFilter))
      .map((filter) => (typeof filter === 'function' ? find(filter as Type) : filter)),
  );
}

/** The application's filters, in the order in which Nest asks them. */
export function globalFiltersOf(config: { getGlobalFilters(): unknown[] }): readonly BoundFilter[] {
  return bind(config.getGlobalFilters());
}

function bind(filters: readonly unknown[]): readonly BoundFilter[] {
  return filters
    .filter((filter) => typeof filter === 'object' && filter !== null && 'catch' in filter)
    .map((filter) => ({ filter: filter as ExceptionFilter, types: typesOf(filter as object) }))
    .reverse();
}

function typesOf(filter: object): BoundFilter['types'] {
  const prototype = Object.getPrototypeOf(filter) as object;
  return (Reflect.getMetadata(CATCHES, prototype) ??
    Reflect.getMetadata(CATCHES, filter.constructor) ??
    []) as BoundFilter['types'];
}

function listOf(target: object): unknown[] {
  return (Reflect.getMetadata(FILTERS, target) ?? []) as unknown[];
}

/** Has a filter – an instance, or a class that Nest makes instances of – mark the message that it is called for. */
function markFailures(filter: unknown): void {
  const target = (typeof filter === 'function' ? filter.prototype : filter) as ExceptionFilter & object;
  if (prepared.has(target)) return;
  prepared.add(target);
  const original = Reflect.get(target, 'catch');
  target.catch = function (this: unknown, exception: unknown, host: ArgumentsHost): unknown {
    const message = NestwireMessage.of(host);
    const call = (): unknown => original.call(this, exception, host);
    if (message !== undefined) return callFilter({ catch: call }, exception, message, host);
    refuseConnection(exception, host);
    return call();
  };
}

/** Behind all of a gateway's filters: an exception that none of them wanted. */
@Catch()
class UnhandledExceptionFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const message = NestwireMessage.of(host);
    if (message === undefined) return super.catch(exception, host);
    const { globalFilters } = message.client.server.dispatcher;
    if (filterException(globalFilters(), exception, message, host)) return;
    // The base class's own, which knows what to do for those who expect Nest's answer.
    if (message.client.codec.bare === true) super.catch(exception, host);
    else message.failure = { exception };
  }
}

/**
 * Nest's base filter answers in a form of its own, with what the client sent in it, and on 11 by a method that only
 * Socket.IO's clients have. A user's filter that ends in `super.catch()` means "as ever": here, the adapter's answer. To clients of a bare
 * format, "as ever" is Nest's.
 */
function prepareBaseFilter(): void {
  const { prototype } = BaseWsExceptionFilter;
  if (prepared.has(prototype)) return;
  prepared.add(prototype);
  const original = Reflect.get(prototype, 'catch') as (exception: unknown, host: ArgumentsHost) => void;
  prototype.catch = function (this: BaseWsExceptionFilter, exception: unknown, host: ArgumentsHost): void {
    const message = NestwireMessage.of(host);
    if (message?.client.codec.bare === true && outcomeOf(exception).kind !== 'close') {
      const answer = (): void => original.call(this, exception, host);
      callFilter({ catch: answer }, exception, message, host);
    } else if (message !== undefined) message.failure = { exception };
    else if (!refuseConnection(exception, host)) original.call(this, exception, host);
  };
}

/** What goes wrong outside of any message, goes wrong while Nest makes a scoped gateway for a client. */
function refuseConnection(exception: unknown, host: ArgumentsHost): boolean {
  const [argument] = host.getArgs<unknown[]>();
  if (!(argument instanceof NestwireClient)) return false;
  const client = argument as AnyClient;
  if (!client.server.scopedGateways.failed(client, exception)) client.server.reportUnexpected(exception);
  return true;
}
