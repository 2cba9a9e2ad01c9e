import 'reflect-metadata';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { isPromiseLike } from './exceptions/promise-like.js';
import type { DirectTarget } from './nest-direct.js';
import { enhancersOf, type FindEnhancer, foundIn, PIPES } from './nest-enhancers.js';
import type { KnownParameter, Method } from './nest-parameters.js';

/*
 * What a method is called with: each argument found where its decorator says, and taken through the pipes in front of it. Nest's way for
 * that is an asynchronous function for each of them, and one for each pipe; here only those wait that have something to wait for. As with
 * Nest, no argument waits for another, all are begun whatever becomes of the first, and the first failure is the method's.
 */

/** Nest's metadata key for the types that the compiler has seen. */
const PARAMETER_TYPES = 'design:paramtypes';

/** What a pipe is told of arguments that none looks at. */
const NO_METADATA: ArgumentMetadata = { type: 'custom' };

/** One argument on its way. */
interface Step {
  readonly parameter: KnownParameter;
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
}

export class MethodArguments {
  private readonly length: number;
  /** Whether they are no more than found, each at once. */
  private readonly areBare: boolean;

  constructor(private readonly steps: readonly Step[]) {
    this.length = Math.max(0, ...steps.map(({ parameter }) => parameter.index + 1));
    this.areBare = steps.every(({ parameter, pipes }) => pipes.length === 0 && !parameter.isCustom);
  }

  /** Where no pipe has a say. */
  static unpiped(parameters: readonly KnownParameter[]): MethodArguments {
    return new MethodArguments(parameters.map((parameter) => ({ parameter, pipes: [], metadata: NO_METADATA })));
  }

  /**
   * @param args - what Nest calls its handler with.
   * @returns the arguments; a promise of them where one has to be waited for.
   */
  of(args: unknown[], gateway: object, handler: Method): unknown[] | Promise<unknown[]> {
    // Of its length from the start: a list that grows takes room for seventeen.
    const found = new Array<unknown>(this.length);
    if (!this.areBare) return this.through(found, args, gateway, handler);
    const { steps } = this;
    for (let at = 0; at < steps.length; at++) {
      const { find, index } = (steps[at] as Step).parameter;
      found[index] = find(args, gateway, handler);
    }
    return found;
  }

  private through(found: unknown[], args: unknown[], gateway: object, handler: Method): unknown[] | Promise<unknown[]> {
    let waits = false;
    let failure: { readonly exception: unknown } | undefined;
    for (const step of this.steps) {
      try {
        const value = throughPipes(step.parameter.find(args, gateway, handler), step, 0);
        waits ||= isPromiseLike(value);
        found[step.parameter.index] = value;
      } catch (exception) {
        failure ??= { exception };
      }
    }
    if (failure !== undefined) {
      // What becomes of the others, nobody asks any more.
      void Promise.allSettled(found);
      throw failure.exception;
    }
    return waits ? Promise.all(found) : found;
  }
}

/** @returns `undefined` where a pipe is not known. */
export function argumentsOf(
  target: DirectTarget,
  parameters: readonly KnownParameter[],
  config: ApplicationConfig,
  find: FindEnhancer,
): MethodArguments | undefined {
  const { type, name } = target;
  const types = Reflect.getMetadata(PARAMETER_TYPES, type.prototype as object, name) as unknown[] | undefined;
  const shared = enhancersOf(PIPES, target, config, find);
  if (shared === undefined) return undefined;
  const steps: Step[] = [];
  for (const parameter of parameters) {
    const own = foundIn(PIPES, parameter.declared.pipes ?? [], find);
    if (own === undefined) return undefined;
    steps.push({ parameter, pipes: [...shared, ...own], metadata: metadataOf(parameter, types?.[parameter.index]) });
  }
  return new MethodArguments(steps);
}

function throughPipes(value: unknown, step: Step, next: number): unknown {
  const { pipes, metadata } = step;
  for (let at = next; at < pipes.length; at++) {
    if (isPromiseLike(value)) return value.then((settled) => throughPipes(settled, step, at));
    value = (pipes[at] as PipeTransform).transform(value, metadata);
  }
  return value;
}

function metadataOf({ isPayload, declared: { data, schema } }: KnownParameter, metatype: unknown): ArgumentMetadata {
  const metadata = { metatype, type: isPayload ? 'body' : 'custom', data };
  return (schema === undefined ? metadata : { ...metadata, schema }) as ArgumentMetadata;
}

/** Calls a method with arguments that may have to be waited for. */
export function applyTo(method: Method, gateway: object, found: unknown[] | Promise<unknown[]>): unknown {
  if (Array.isArray(found)) return Reflect.apply(method, gateway, found);
  return found.then((settled) => Reflect.apply(method, gateway, settled) as unknown);
}
