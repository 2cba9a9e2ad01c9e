/* eslint-disable @typescript-eslint/no-explicit-any -- the one file that meets what Nest leaves untyped */
import 'reflect-metadata';
import type { ArgumentsHost, ExceptionFilter, INestApplicationContext, Type } from '@nestjs/common';
import { Catch, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import * as websockets from '@nestjs/websockets';
import { BaseWsExceptionFilter, ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { type AnyClient, NestwireClient } from './client/nestwire-client.js';
import { isHandlerStream, observeStream } from './message/observe-iterable.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { connectionFailure, keepCloseCodeFilters } from './nest-connection-filters.js';

/*
 * What an adapter can't learn through Nest's adapter interface, it learns here, from metadata and prototypes of the
 * gateways, before Nest binds them:
 *
 * - Whether a message met an exception. Nest's callback resolves to `undefined` after any that a filter was given. So
 *   every filter of a gateway marks the message before it does its work, and one that catches all stands behind them (first
 *   in the metadata is last in the order), in the place of Nest's own, which would answer in a form of its own.
 * - Whether a handler gave a stream. Behind an interceptor every answer is an Observable. So a handler is wrapped, and gets
 *   the message as one more argument, by a parameter decorator like any user's.
 * - What `handleConnection` and `handleDisconnect` do. Nest neither awaits nor catches them.
 *
 * A class is prepared once; with another adapter, where no message of ours comes along, what is prepared changes nothing.
 */

/** Nest's metadata keys, which it exports under different paths in its majors; `nest-seam.spec.ts` holds them to it. */
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const PORT = 'port';
const HANDLER = 'websockets:message_mapping';
const MESSAGE = 'message';
const FILTERS = '__exceptionFilters__';
const ARGUMENTS = '__routeArguments__';

type Method = (this: any, ...args: any[]) => unknown;

/** A method with `@SubscribeMessage()`. */
export interface GatewayHandler {
  /** `Class.method`, for people. */
  readonly name: string;
  /** What was subscribed to; a numeric code, if the gateway is ours. */
  readonly message: unknown;
}

export interface Gateway {
  readonly port: number;
  readonly path: string | undefined;
  readonly handlers: readonly GatewayHandler[];
}

const prepared = new WeakSet<object>();

/** Finds the application's gateways and prepares each for this adapter. */
export function prepareGateways(app: INestApplicationContext): Gateway[] {
  const gateways: Gateway[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype, instance } of module.providers.values()) {
      if (typeof metatype !== 'function' || Reflect.getMetadata(GATEWAY, metatype) !== true) continue;
      gateways.push(prepareGateway(metatype as Type));
      keepCloseCodeFilters(instance as object, metatype as Type, module, app);
    }
  }
  return gateways;
}

function prepareGateway(gateway: Type): Gateway {
  const prototype = gateway.prototype as object;
  const handlers: GatewayHandler[] = [];
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const owner = ownerOf(prototype, name);
    const method = owner[name] as Method;
    if (Reflect.getMetadata(HANDLER, method) !== true) continue;
    handlers.push({ name: `${gateway.name}.${name}`, message: Reflect.getMetadata(MESSAGE, method) });
    if (isFirstTime(method)) prepareHandler(owner, name, method);
  }
  if (isFirstTime(gateway)) {
    const filters = (Reflect.getMetadata(FILTERS, gateway) ?? []) as unknown[];
    filters.forEach(markFailures);
    Reflect.defineMetadata(FILTERS, [new UnhandledExceptionFilter(), ...filters], gateway);
    prepareLifecycle(prototype, 'handleConnection', onConnecting);
    prepareLifecycle(prototype, 'handleDisconnect', onDisconnecting);
  }
  const options = (Reflect.getMetadata(GATEWAY_OPTIONS, gateway) ?? {}) as { path?: string };
  return { port: (Reflect.getMetadata(PORT, gateway) ?? 0) as number, path: options.path, handlers };
}

/** The prototype that declares a method: Nest looks for the metadata of its parameters there. */
function ownerOf(prototype: object, name: string): Record<string, unknown> {
  let owner = prototype;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  return owner as Record<string, unknown>;
}

function isFirstTime(target: object): boolean {
  if (prepared.has(target)) return false;
  prepared.add(target);
  return true;
}

/** What `NestwireMessage.of` finds; the parameter behind the handler's own. */
const HandledMessage = createParamDecorator((_: unknown, context: ExecutionContext) => NestwireMessage.of(context));

function prepareHandler(owner: Record<string, unknown>, name: string, method: Method): void {
  const declared = Reflect.getMetadata(ARGUMENTS, owner.constructor, name) as
    Record<string, { index: number }> | undefined;
  if (declared === undefined) {
    // Nest's own default for a method without parameter decorators.
    ConnectedSocket()(owner, name, 0);
    MessageBody()(owner, name, 1);
    // Nest has it since 11.1.7; importing by its name what is not there fails before a line runs.
    if ('Ack' in websockets) websockets.Ack()(owner, name, 2);
  }
  const last = Math.max(2, method.length - 1, ...Object.values(declared ?? {}).map(({ index }) => index));
  HandledMessage()(owner, name, last + 1);

  function handler(this: unknown, ...args: unknown[]): unknown {
    const message = args[last + 1];
    if (!(message instanceof NestwireMessage)) return method.apply(this, args);
    args.length = last + 1;
    const result = method.apply(this, args);
    return isPromiseLike(result) ? result.then((value) => streamOf(message, value)) : streamOf(message, result);
  }
  Object.defineProperty(handler, 'name', { value: name });
  for (const key of Reflect.getMetadataKeys(method) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), handler);
  }
  prepared.add(handler);
  (Reflect.getMetadata(FILTERS, method) as unknown[] | undefined)?.forEach(markFailures);
  owner[name] = handler;
}

/** Tells the message of a stream; an iterable becomes an Observable, which Nest's interceptors understand. */
function streamOf(message: NestwireMessage, value: unknown): unknown {
  if (!isHandlerStream(value)) return value;
  message.streams = true;
  message.onStream?.();
  return observeStream(value);
}

/** Has a filter – an instance, or a class that Nest makes instances of – mark the message that it is called for. */
function markFailures(filter: unknown): void {
  const target = (typeof filter === 'function' ? filter.prototype : filter) as ExceptionFilter & object;
  if (!isFirstTime(target)) return;
  const original = Reflect.get(target, 'catch') as Method;
  target.catch = function (this: unknown, exception: unknown, host: ArgumentsHost): unknown {
    const message = NestwireMessage.of(host);
    if (message === undefined) return original.call(this, exception, host);
    message.failure = { exception };
    const { sent } = message.client;
    const filtering: unknown = original.call(this, exception, host);
    if (message.client.sent !== sent) message.answered = true;
    if (isPromiseLike(filtering)) {
      // Nest does not await a filter; we do.
      message.filtering = filtering;
      filtering.then(undefined, () => undefined);
    }
    return filtering;
  };
}

/** Behind all of a gateway's filters: an exception that none of them wanted is answered by the adapter. */
@Catch()
class UnhandledExceptionFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const message = NestwireMessage.of(host);
    if (message === undefined) super.catch(exception, host);
    else message.failure = { exception };
  }
}

type LifecycleHook = (client: AnyClient, run: () => unknown, gateway: object) => unknown;

function prepareLifecycle(prototype: object, name: string, hook: LifecycleHook): void {
  if (!(name in prototype)) return;
  const owner = ownerOf(prototype, name);
  const method = owner[name] as Method;
  if (!isFirstTime(method)) return;
  const wrapped: Method = function (this: object, ...args: unknown[]): unknown {
    const [client] = args;
    const run = (): unknown => method.apply(this, args);
    return client instanceof NestwireClient ? hook(client as AnyClient, run, this) : run();
  };
  prepared.add(wrapped);
  owner[name] = wrapped;
}

function onConnecting(client: AnyClient, run: () => unknown, gateway: object): unknown {
  const work = attempt(run);
  if (isPromiseLike(work)) {
    client.awaitConnecting(
      work.then(undefined, (exception: unknown) => {
        throw connectionFailure(gateway, exception);
      }),
    );
  }
  return undefined;
}

function onDisconnecting(client: AnyClient, run: () => unknown): unknown {
  const work = attempt(run);
  if (isPromiseLike(work)) client.awaitDisconnecting(work);
  return undefined;
}

/** A throw becomes a rejection. */
function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (exception) {
    return Promise.reject(exception instanceof Error ? exception : new Error(String(exception)));
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
