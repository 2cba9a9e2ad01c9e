/* eslint-disable @typescript-eslint/no-explicit-any -- the one file that meets what Nest leaves untyped */
import 'reflect-metadata';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type AnyClient, NestwireClient } from './client/nestwire-client.js';
import { concurrencyOf } from './decorators/concurrency.decorator.js';
import { costOf } from './decorators/cost.decorator.js';
import { handlerTimeoutOf } from './decorators/handler-timeout.decorator.js';
import { rateLimitOf } from './decorators/rate-limit.decorator.js';
import { DEFAULT_UNORDERED_LIMIT, isUnordered } from './decorators/unordered.decorator.js';
import { isPromiseLike } from './exceptions/promise-like.js';
import type { HandlingPlan } from './message/handling-plan.js';
import { connectionFailure, keepCloseCodeFilters } from './nest-connection-filters.js';
import { announceStream } from './message/announce-stream.js';
import type { Order } from './nestwire.options.js';
import type { RoutedHandler } from './message/route-table.js';
import { filtersOf, prepareFilters, prepareMethodFilters } from './nest-filters.js';
import { bringSchemaPipe, type Parameter, preparePipe, preparePipes, prepareValidation } from './nest-pipes.js';
import { bringContract } from './nest-contracts.js';
import { applyTo } from './nest-arguments.js';
import { listedOn, PIPES } from './nest-enhancers.js';
import { directHandler, type DirectTarget } from './nest-direct.js';
import {
  HandlerParameters,
  type Method as AnyMethod,
  plainCallOf,
  rememberParameters,
  tellsMessage,
} from './nest-parameters.js';
import { giveLifecycle, isScoped, scopedInstance } from './nest-scopes.js';

/*
 * What an adapter can't learn through Nest's adapter interface, it learns here, from metadata and prototypes of the
 * gateways, before Nest binds them:
 *
 * - Whether a message met an exception, and what a failed validation found: `nest-filters.ts`, `nest-pipes.ts`.
 * - Whether a handler gave a stream. Behind an interceptor every answer is an Observable. So a handler is wrapped, and told of
 *   its message: `nest-parameters.ts`.
 * - What `handleConnection` and `handleDisconnect` do. Nest neither awaits nor catches them.
 *
 * `nest-globals.ts` brings the application's global enhancers where Nest does not, and `nest-contracts.ts` what contracts validate.
 *
 * A class is prepared once; with another adapter, where no message of ours comes along, what is prepared changes nothing.
 */

/** Nest's metadata keys, which it exports under different paths in its majors; `nest-seam.spec.ts` holds them to it. */
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const PORT = 'port';
const HANDLER = 'websockets:message_mapping';
const MESSAGE = 'message';
const ARGUMENTS = '__routeArguments__';

type Method = (this: any, ...args: any[]) => unknown;

/** A method with `@SubscribeMessage()`. */
export interface GatewayHandler extends RoutedHandler {
  /** What was subscribed to; a numeric code or a contract's entry, if the gateway is ours. */
  readonly message: unknown;
}

export interface Gateway {
  readonly type: Type;
  /** What Nest calls the handlers on, unless it is scoped. */
  readonly instance: object;
  /** The name of the module that provides it. */
  readonly module: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly handlers: readonly GatewayHandler[];
  /** Whether Nest makes an instance a client, because something that it injects is made a request. */
  readonly scoped: boolean;
}

type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

const prepared = new WeakSet<object>();

/** Finds the application's gateways and prepares each for this adapter. */
export function prepareGateways(app: INestApplicationContext, order: Order = 'arrival'): Gateway[] {
  prepareValidation();
  const config = app.get(ApplicationConfig);
  const gateways: Gateway[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const wrapper of module.providers.values()) {
      const { metatype, instance } = wrapper;
      if (typeof metatype !== 'function' || Reflect.getMetadata(GATEWAY, metatype) !== true) continue;
      gateways.push(
        prepareGateway(metatype as Type, instance as object, module, config, order, !wrapper.isDependencyTreeStatic()),
      );
      keepCloseCodeFilters(instance as object, metatype as Type, module, app);
    }
  }
  return gateways;
}

function prepareGateway(
  gateway: Type,
  instance: object,
  module: NestModule,
  config: ApplicationConfig,
  order: Order,
  scoped: boolean,
): Gateway {
  const prototype = gateway.prototype as object;
  const handlers: GatewayHandler[] = [];
  // Of what is made for each client there is only an object without its constructor's doing.
  const find = (type: Type): unknown => {
    const wrapper = module.injectables.get(type);
    return wrapper?.isDependencyTreeStatic() === true ? wrapper.instance : undefined;
  };
  const findOnce = (type: Type): unknown =>
    module.injectables.get(type)?.isTransient === true ? undefined : find(type);
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const owner = ownerOf(prototype, name);
    const method = owner[name] as Method;
    if (Reflect.getMetadata(HANDLER, method) !== true) continue;
    if (isFirstTime(method)) prepareHandler(owner, name, method);
    const pattern: unknown = Reflect.getMetadata(MESSAGE, method);
    handlers.push({
      name: `${gateway.name}.${name}`,
      message: pattern,
      plan: planOf(method, gateway, order),
      tellsMessage: () => tellsMessage(owner[name] as object, instance),
      direct: () => {
        const handler = owner[name] as AnyMethod;
        const target: DirectTarget = { gateway: instance, type: gateway, name, handler, pattern };
        const call = plainCallOf(handler, instance);
        return call && directHandler(target, call, config, findOnce);
      },
      filters: () => filtersOf(gateway, method, find),
    });
  }
  if (scoped) giveLifecycle(prototype);
  if (isFirstTime(gateway)) {
    prepareFilters(gateway);
    preparePipes(gateway);
    prepareLifecycle(prototype, 'handleConnection', onConnecting);
    prepareLifecycle(prototype, 'handleDisconnect', onDisconnecting);
  }
  const { name: moduleName } = module;
  const options = (Reflect.getMetadata(GATEWAY_OPTIONS, gateway) ?? {}) as { path?: string };
  const port = (Reflect.getMetadata(PORT, gateway) ?? 0) as number;
  return { type: gateway, instance, module: moduleName, port, path: options.path, handlers, scoped };
}

function planOf(method: object, gateway: object, order: Order): HandlingPlan {
  const concurrency = concurrencyOf(method, gateway);
  const further = {
    timeoutMs: handlerTimeoutOf(method, gateway),
    cost: costOf(method, gateway),
    rate: rateLimitOf(method, gateway),
  };
  if (order === 'completion' && concurrency === undefined) return { limit: Infinity, ordered: false, ...further };
  const ordered = !isUnordered(method, gateway);
  return { limit: concurrency ?? (ordered ? 1 : DEFAULT_UNORDERED_LIMIT), ordered, ...further };
}

/** Has the schemas of a gateway's parameters validate; called once the application's global pipes are known. */
export function bringSchemaPipes({ type }: Gateway, globalPipes: readonly unknown[]): void {
  const prototype = type.prototype as object;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const owner = ownerOf(prototype, name);
    const parameters = Reflect.getMetadata(ARGUMENTS, owner.constructor, name) as Record<string, Parameter> | undefined;
    const around = [...globalPipes, ...listedOn(PIPES, type), ...listedOn(PIPES, owner[name] as object)];
    for (const parameter of Object.values(parameters ?? {})) bringSchemaPipe(parameter, around);
  }
}

/** The prototype that declares a method: Nest looks for the metadata of its parameters there. */
function ownerOf(prototype: object, name: string): Record<string, unknown> & { constructor: object } {
  let owner = prototype;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  return owner as Record<string, unknown> & { constructor: object };
}

function isFirstTime(target: object): boolean {
  if (prepared.has(target)) return false;
  prepared.add(target);
  return true;
}

function prepareHandler(owner: Record<string, unknown> & { constructor: object }, name: string, method: Method): void {
  const parameters = new HandlerParameters(owner, name, method);
  for (const { pipes = [] } of parameters.list) pipes.forEach(preparePipe);
  bringContract(method, Reflect.getMetadata(MESSAGE, method));

  function handler(this: object, ...given: unknown[]): unknown {
    const message = parameters.messageOf(this, given);
    const args = parameters.argumentsOf(this, given, handler);
    if (message === undefined) return applyTo(method, this, args);
    const scoped = scopedInstance(this, message.client);
    const result =
      scoped === undefined ? applyTo(method, this, args) : scoped.then((instance) => applyTo(method, instance, args));
    return isPromiseLike(result)
      ? result.then((value) => announceStream(message, value))
      : announceStream(message, result);
  }
  Object.defineProperty(handler, 'name', { value: name });
  for (const key of Reflect.getMetadataKeys(method) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), handler);
  }
  prepared.add(handler);
  rememberParameters(handler, parameters);
  prepareMethodFilters(method);
  preparePipes(method);
  owner[name] = handler;
}

type LifecycleHook = (client: AnyClient, gateway: object, run: () => unknown) => unknown;

function prepareLifecycle(prototype: object, name: string, hook: LifecycleHook): void {
  if (!(name in prototype)) return;
  const owner = ownerOf(prototype, name);
  const method = owner[name] as Method;
  if (!isFirstTime(method)) return;
  const wrapped: Method = function (this: object, ...args: unknown[]): unknown {
    const [client] = args;
    if (!(client instanceof NestwireClient)) return method.apply(this, args);
    // Nest 11 does not pass on the reason for the end.
    if (hook === onDisconnecting && args.length === 1 && !(client as AnyClient).server.isPlatformWs) {
      args.push(client.closeReason);
    }
    const scoped = scopedInstance(this, client as AnyClient);
    return hook(client as AnyClient, this, () =>
      scoped === undefined ? method.apply(this, args) : scoped.then((instance) => method.apply(instance, args)),
    );
  };
  prepared.add(wrapped);
  owner[name] = wrapped;
}

function onConnecting(client: AnyClient, gateway: object, run: () => unknown): unknown {
  const work = attempt(run);
  const result = isPromiseLike(work)
    ? work.then(undefined, (exception: unknown) => {
        throw connectionFailure(gateway, exception);
      })
    : work;
  if (isScoped(gateway, client)) return client.server.scopedGateways.ran(client, result);
  if (isPromiseLike(result)) client.awaitConnecting(result);
  return work;
}

function onDisconnecting(client: AnyClient, gateway: object, run: () => unknown): unknown {
  const work = attempt(run);
  if (isScoped(gateway, client)) return client.server.scopedGateways.ran(client, work);
  if (isPromiseLike(work)) client.awaitDisconnecting(work);
  return work;
}

/** A throw becomes a rejection. */
function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (exception) {
    return Promise.reject(exception instanceof Error ? exception : new Error(String(exception)));
  }
}
