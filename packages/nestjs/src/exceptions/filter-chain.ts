import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { NestwireMessage } from '../message/nestwire-message.js';
import { runFilter } from './filter-scope.js';
import { isPromiseLike } from './promise-like.js';

/** A filter, and the exceptions that its `@Catch()` names: none for all. */
export interface BoundFilter {
  readonly filter: ExceptionFilter;
  readonly types: readonly (abstract new (...args: never[]) => unknown)[];
}

/** Filters in the order in which they are asked; read anew for each exception, because exceptions are rare. */
export type FilterChain = () => readonly BoundFilter[];

/**
 * Gives an exception to the first of the filters that wants it, as Nest would.
 *
 * @returns whether there was one. What it did is noted on the message.
 */
export function filterException(
  filters: readonly BoundFilter[],
  exception: unknown,
  message: NestwireMessage,
  host: ArgumentsHost,
): boolean {
  const wanted = filters.find(({ types }) => types.length === 0 || types.some((type) => exception instanceof type));
  if (wanted === undefined) return false;
  try {
    void callFilter(wanted.filter, exception, message, host);
  } catch (thrown) {
    // What a filter throws takes the place of what it was given.
    message.failure = { exception: thrown };
  }
  return true;
}

/** Calls a filter for a message, and notes on it that there was an exception, whether it was answered, and what is still to do. */
export function callFilter(
  filter: { catch(exception: unknown, host: ArgumentsHost): unknown },
  exception: unknown,
  message: NestwireMessage,
  host: ArgumentsHost,
): unknown {
  message.failure = { exception, filtered: true };
  const filtering = runFilter(message, () => filter.catch(exception, host));
  if (isPromiseLike(filtering)) {
    // Nest does not await a filter; we do.
    message.filtering = filtering;
    filtering.then(undefined, () => undefined);
  } else if (message.sentByFilter) {
    message.answered = true;
  }
  return filtering;
}
