import 'reflect-metadata';
import * as common from '@nestjs/common';
import type { CanActivate, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/*
 * Which guards, pipes and interceptors stand in front of a handler: what decorators have put on its class and its method, by Nest's metadata
 * keys, behind the application's own. `nest-seam.spec.ts` holds Nest to the keys, and `nest-direct.spec.ts` to the order.
 */

/** Whether this Nest runs the application's own in front of gateways. There is no better sign in its public API: this pipe came with the same major. */
export const NEST_RUNS_GLOBALS = 'StandardSchemaValidationPipe' in common;

/** What can stand in front of a handler. */
export type Enhancer = CanActivate | PipeTransform | NestInterceptor;

/** One kind of it: where Nest keeps it, and what it is known by. */
export interface EnhancerKind<T extends Enhancer> {
  readonly key: string;
  readonly method: keyof T;
  readonly globals: (config: ApplicationConfig) => readonly T[];
  /** Those of the application that are made for each request. */
  readonly scoped: (config: ApplicationConfig) => readonly unknown[];
}

export const GUARDS: EnhancerKind<CanActivate> = {
  key: '__guards__',
  method: 'canActivate',
  globals: (config) => config.getGlobalGuards(),
  scoped: (config) => config.getGlobalRequestGuards(),
};

export const PIPES: EnhancerKind<PipeTransform> = {
  key: '__pipes__',
  method: 'transform',
  globals: (config) => config.getGlobalPipes(),
  scoped: (config) => config.getGlobalRequestPipes(),
};

export const INTERCEPTORS: EnhancerKind<NestInterceptor> = {
  key: '__interceptors__',
  method: 'intercept',
  globals: (config) => config.getGlobalInterceptors(),
  scoped: (config) => config.getGlobalRequestInterceptors(),
};

/** Whether the application has any of a kind, for all its handlers. */
export function hasGlobal<T extends Enhancer>(kind: EnhancerKind<T>, config: ApplicationConfig): boolean {
  return kind.globals(config).length + kind.scoped(config).length > 0;
}

/** Those that decorators have put on a class or a method: instances, and classes that Nest makes them of. */
export function listedOn<T extends Enhancer>({ key }: EnhancerKind<T>, target: object): unknown[] {
  return (Reflect.getMetadata(key, target) ?? []) as unknown[];
}

/** Finds the one instance that Nest has made of a class; `undefined` where it makes another for each request, or none. */
export type FindEnhancer = (type: Type) => unknown;

/**
 * Those of one kind, in Nest's order: global, class, method.
 *
 * @returns `undefined` where one is not known.
 */
export function enhancersOf<T extends Enhancer>(
  kind: EnhancerKind<T>,
  { type, handler }: { readonly type: Type; readonly handler: object },
  config: ApplicationConfig,
  find: FindEnhancer,
): readonly T[] | undefined {
  if (kind.scoped(config).length > 0) return undefined;
  // On the majors that do not run the application's own, those are among the class's: `nest-globals.ts`.
  const globals = NEST_RUNS_GLOBALS ? kind.globals(config) : [];
  return foundIn(kind, [...globals, ...listedOn(kind, type), ...listedOn(kind, handler)], find);
}

/** The instances in a list of them and their classes. @returns `undefined` where one is not known. */
export function foundIn<T extends Enhancer>(
  { method }: EnhancerKind<T>,
  list: readonly unknown[],
  find: FindEnhancer,
): readonly T[] | undefined {
  const found = list.map((entry) => (typeof entry === 'function' ? find(entry as Type) : entry));
  const isOne = (value: unknown): value is T =>
    typeof value === 'object' && value !== null && typeof (value as Partial<T>)[method] === 'function';
  return found.every(isOne) ? found : undefined;
}
