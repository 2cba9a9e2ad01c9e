import * as common from '@nestjs/common';
import {
  type ArgumentMetadata,
  type ExecutionContext,
  type PipeTransform,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPromiseLike } from './exceptions/promise-like.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { listedOn, PIPES } from './nest-enhancers.js';
import { SchemaPipe } from './validation/schema.pipe.js';
import { rememberDetails } from './validation/validation-details.js';

/*
 * Three things about pipes that Nest has no public way for:
 *
 * - A handler gets its message as one more argument, and Nest runs all pipes for each argument. A user's pipe has no business
 *   with that one.
 * - A validation pipe's exception has the path of what is wrong only within a sentence. What it was made of is noted, so
 *   that the answer can say it.
 * - `@MessageBody({ schema })` validates nothing on Nest 12 unless there is a global pipe for it, and is dropped on 11.
 */

const prepared = new WeakSet<object>();
const validating = new WeakSet<object>();

/** A parameter's pipes, without ours: which of the two validates differs between applications. */
const ownPipes = new WeakMap<Parameter, unknown[]>();

/** What Nest keeps about one parameter. */
export interface Parameter {
  readonly index: number;
  /** What the decorator was given: the field of `@MessageBody('field')`. */
  readonly data?: unknown;
  /** What a decorator of `createParamDecorator()` finds its value by. */
  readonly factory?: (data: unknown, context: ExecutionContext) => unknown;
  pipes?: unknown[];
  schema?: unknown;
}

/** Nest 12's own pipe for schemas. */
const SchemaPipeOfNest = (common as { StandardSchemaValidationPipe?: Type<PipeTransform> })
  .StandardSchemaValidationPipe;

/** Keeps a pipe – an instance, or a class that Nest makes instances of – from what is not for it. */
export function preparePipe(pipe: unknown): void {
  const target = (typeof pipe === 'function' ? pipe.prototype : pipe) as Partial<PipeTransform> | null | undefined;
  if (typeof target?.transform !== 'function' || !Object.isExtensible(target) || prepared.has(target)) return;
  prepared.add(target);
  const original = Reflect.get(target, 'transform') as PipeTransform['transform'];
  target.transform = function (this: unknown, value: unknown, metadata: ArgumentMetadata): unknown {
    if (value instanceof NestwireMessage) return value;
    return original.call(this as PipeTransform, value, metadata);
  };
}

/** The pipes of a class or a method. */
export function preparePipes(target: object): void {
  listedOn(PIPES, target).forEach(preparePipe);
}

/** Has Nest's validation pipes say what their exceptions are made of. */
export function prepareValidation(): void {
  for (const { prototype } of [ValidationPipe, ...(SchemaPipeOfNest === undefined ? [] : [SchemaPipeOfNest])]) {
    if (validating.has(prototype as object)) continue;
    validating.add(prototype as object);
    const target: PipeTransform = prototype as PipeTransform;
    const original = Reflect.get(target, 'transform');
    target.transform = function (this: PipeTransform, value: unknown, metadata: ArgumentMetadata): unknown {
      if (value instanceof NestwireMessage) return value;
      if (!validating.has(this)) rememberWhatFailed(this as { exceptionFactory?: unknown });
      validating.add(this);
      return original.call(this, value, metadata);
    };
  }
}

/** A validation pipe makes its exceptions by a function that it can be given, and that it keeps. */
function rememberWhatFailed(pipe: { exceptionFactory?: unknown }): void {
  const { exceptionFactory } = pipe;
  if (typeof exceptionFactory !== 'function') return;
  const remember = (exception: unknown, found: unknown): unknown => {
    rememberDetails(exception, found);
    return exception;
  };
  pipe.exceptionFactory = (found: unknown): unknown => {
    const exception: unknown = Reflect.apply(exceptionFactory, pipe, [found]);
    return isPromiseLike(exception) ? exception.then((later) => remember(later, found)) : remember(exception, found);
  };
}

/**
 * Has a parameter's schema validate, unless a pipe of Nest's does: a global one, one of the class, of the method or of the
 * parameter.
 */
export function bringSchemaPipe(parameter: Parameter, around: readonly unknown[]): void {
  const pipes = ownPipes.get(parameter) ?? parameter.pipes ?? [];
  const schema = parameter.schema ?? pipes.map(schemaOf).find((found) => found !== undefined);
  if (!isSchema(schema)) return;
  ownPipes.set(parameter, pipes);
  parameter.pipes = [...around, ...pipes].some(isSchemaPipeOfNest) ? pipes : [new SchemaPipe(schema), ...pipes];
}

/** Nest 11 takes the options of `@MessageBody({ schema })` for a pipe, and drops it. */
function schemaOf(pipe: unknown): unknown {
  return typeof pipe === 'object' && pipe !== null && !('transform' in pipe) && 'schema' in pipe
    ? pipe.schema
    : undefined;
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

function isSchemaPipeOfNest(pipe: unknown): boolean {
  if (SchemaPipeOfNest === undefined) return false;
  const target: unknown = typeof pipe === 'function' ? pipe.prototype : pipe;
  return target instanceof SchemaPipeOfNest;
}
