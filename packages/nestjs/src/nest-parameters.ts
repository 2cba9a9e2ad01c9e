import 'reflect-metadata';
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { type ApplicationConfig, MetadataScanner } from '@nestjs/core';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { HandlerContext } from './message/message-host.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { MethodArguments } from './nest-arguments.js';
import { hasGlobal, INTERCEPTORS, listedOn, PIPES } from './nest-enhancers.js';
import type { Parameter } from './nest-pipes.js';

/*
 * A handler's arguments. Nest finds each by an asynchronous function, for the pipes that may have a say: that is a quarter of what it does
 * for a message. Where no pipe has, they are found here: Nest is shown a method without parameters, which it calls with all that it was
 * called with, the message too. It is shown so for one application's instance of a gateway, from when the global pipes are known until its
 * handlers are built; other applications, and other adapters, see what the decorators said.
 *
 * Elsewhere the message comes as one more argument, by a parameter decorator like any user's, where the handler has to know it: behind
 * interceptors, and on scoped gateways.
 *
 * `nest-parameters.spec.ts` holds Nest to the keys, and compares the two ways.
 */
const ARGUMENTS = '__routeArguments__';
const CUSTOM = '__customRouteArgs__';

/** Nest's kinds of parameters, by the numbers that its keys begin with. */
const SOCKET = '0';
const PAYLOAD = '3';

/** Where Nest has the message among what it calls a method without parameters with. */
const MESSAGE = 2;

type Declared = Readonly<Record<string, Parameter>>;
export type Method = ((...args: never[]) => unknown) & object;
/** Finds one argument of a method among what Nest calls its handler with. */
export type Find = (args: unknown[], gateway: object, handler: Method) => unknown;

/** One argument of a method, of a kind that is known here. */
export interface KnownParameter {
  /** Its place. */
  readonly index: number;
  readonly find: Find;
  /** Whether it is a message's data, or a field of it. */
  readonly isPayload: boolean;
  /** Whether a decorator of `createParamDecorator()` finds it, perhaps by a promise. */
  readonly isCustom: boolean;
  readonly declared: Parameter;
}

/** A method, and how its arguments are found, in the order in which Nest does that. */
export interface PlainCall {
  readonly method: Method;
  readonly parameters: readonly KnownParameter[];
}

/** What Nest does for a method without parameter decorators; the first would be an acknowledgement's. */
const DEFAULT: readonly KnownParameter[] = [
  { index: 2, find: () => undefined, isPayload: false, isCustom: false, declared: { index: 2 } },
  { index: 1, find: (args) => args[1], isPayload: true, isCustom: false, declared: { index: 1 } },
  { index: 0, find: (args) => args[0], isPayload: false, isCustom: false, declared: { index: 0 } },
];

/** What `NestwireMessage.of` finds; the parameter behind the handler's own. */
const HandledMessage = createParamDecorator((_: unknown, context: ExecutionContext) => NestwireMessage.of(context));

const byHandler = new WeakMap<object, HandlerParameters>();
/** What classes said before Nest was shown something else. */
const hidden = new WeakMap<Type, Map<string, unknown>>();

/** The parameters of one prepared handler, whichever gateways inherit it. */
export class HandlerParameters {
  private readonly declared: Declared | undefined;
  /** `undefined` where one is of a kind that is not known here. */
  private readonly known: readonly KnownParameter[] | undefined;
  /** Them, where no pipe has a say. */
  private readonly unpiped: MethodArguments;
  /** Where the message is, if Nest finds the arguments. */
  private readonly messageIndex: number;
  /** The gateways for which they are found here. */
  private readonly gateways = new WeakSet<object>();
  /** Those that Nest makes no further instances of. */
  private readonly unscoped = new WeakSet<object>();
  private takesMessage = false;

  constructor(
    private readonly owner: Record<string, unknown> & { readonly constructor: object },
    private readonly name: string,
    private readonly method: Method,
  ) {
    this.declared = Reflect.getMetadata(ARGUMENTS, owner.constructor, name) as Declared | undefined;
    this.messageIndex = Math.max(MESSAGE + 1, method.length, ...this.list.map(({ index }) => index + 1));
    this.known = this.declared === undefined ? DEFAULT : knownOf(this.declared);
    this.unpiped = MethodArguments.unpiped(this.known ?? []);
  }

  get list(): readonly Parameter[] {
    return Object.values(this.declared ?? {});
  }

  /** Whether the handler of this gateway is told of its message. */
  tellMessage(gateway: object): boolean {
    return this.takesMessage || this.gateways.has(gateway);
  }

  /** The message among what Nest has called the handler with. */
  messageOf(gateway: object, args: readonly unknown[]): NestwireMessage | undefined {
    const message = args[this.gateways.has(gateway) ? MESSAGE : this.messageIndex];
    return message instanceof NestwireMessage ? message : undefined;
  }

  /** How to call the method of this gateway without Nest. */
  plainCallFor(gateway: object): PlainCall | undefined {
    const { method, known } = this;
    return known !== undefined && this.unscoped.has(gateway) ? { method, parameters: known } : undefined;
  }

  /** The method's arguments; a promise of them where one has to be waited for. */
  argumentsOf(gateway: object, args: unknown[], handler: Method): unknown[] | Promise<unknown[]> {
    if (this.gateways.has(gateway)) {
      // One of the gateway's other methods may have called it, as any method.
      if (!(args[MESSAGE] instanceof NestwireMessage)) return args;
      return this.unpiped.of(args, gateway, handler);
    }
    if (args[MESSAGE] instanceof NestwireMessage && this.list.every(({ index }) => index !== MESSAGE)) {
      throw new Error(
        `Another application has begun with the same ${gateway.constructor.name}: start one after the other`,
      );
    }
    if (args.length > this.messageIndex) args.length = this.messageIndex;
    return args;
  }

  /** Settles who finds them for a gateway of an application whose global enhancers are known. */
  settle(type: Type, gateway: object, isScoped: boolean, isIntercepted: boolean, isPiped: boolean): void {
    const piped = isPiped || this.list.some(({ pipes = [] }) => pipes.length > 0);
    if (!isScoped) this.unscoped.add(gateway);
    if (!isScoped && !piped && this.known !== undefined) {
      this.gateways.add(gateway);
      hide(type, this.name);
    } else if ((isScoped || isIntercepted) && !this.takesMessage) {
      this.takesMessage = true;
      if (this.declared === undefined) {
        ConnectedSocket()(this.owner, this.name, 0);
        MessageBody()(this.owner, this.name, 1);
      }
      HandledMessage()(this.owner, this.name, this.messageIndex);
    }
  }
}

/** Has the handler that was prepared be known by its parameters. */
export function rememberParameters(handler: Method, parameters: HandlerParameters): void {
  byHandler.set(handler, parameters);
}

/** Whether a handler of this gateway is told of its message. */
export function tellsMessage(handler: object, gateway: object): boolean {
  return byHandler.get(handler)?.tellMessage(gateway) ?? false;
}

/** How a handler's method is called without Nest; `undefined` where Nest has to do it. */
export function plainCallOf(handler: object, gateway: object): PlainCall | undefined {
  return byHandler.get(handler)?.plainCallFor(gateway);
}

/** Settles who finds the arguments of a gateway's handlers; called once the application's global enhancers are known. */
export function settleParameters(type: Type, gateway: object, isScoped: boolean, config: ApplicationConfig): void {
  const isPiped = hasGlobal(PIPES, config) || listedOn(PIPES, type).length > 0;
  const isIntercepted = hasGlobal(INTERCEPTORS, config) || listedOn(INTERCEPTORS, type).length > 0;
  const prototype = type.prototype as Record<string, Method>;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const handler = prototype[name] as Method;
    byHandler
      .get(handler)
      ?.settle(
        type,
        gateway,
        isScoped,
        isIntercepted || listedOn(INTERCEPTORS, handler).length > 0,
        isPiped || listedOn(PIPES, handler).length > 0,
      );
  }
}

/** Shows again what a class's decorators said. */
export function showParameters(type: Type): void {
  for (const [name, said] of hidden.get(type) ?? []) {
    if (said === undefined) Reflect.deleteMetadata(ARGUMENTS, type, name);
    else Reflect.defineMetadata(ARGUMENTS, said, type, name);
  }
  hidden.delete(type);
}

function hide(type: Type, name: string): void {
  let names = hidden.get(type);
  if (names === undefined) hidden.set(type, (names = new Map<string, unknown>()));
  if (names.has(name)) return;
  names.set(name, Reflect.getOwnMetadata(ARGUMENTS, type, name));
  Reflect.defineMetadata(ARGUMENTS, {}, type, name);
}

/** In Nest's order: as their decorators have put them there. */
function knownOf(declared: Declared): KnownParameter[] | undefined {
  const known: KnownParameter[] = [];
  for (const [key, parameter] of Object.entries(declared)) {
    const isCustom = key.includes(CUSTOM);
    const kind = key.slice(0, key.indexOf(':'));
    const find = isCustom ? customFinder(parameter) : finderOf(kind, parameter);
    if (find === undefined) return undefined;
    known.push({ index: parameter.index, find, isPayload: kind === PAYLOAD, isCustom, declared: parameter });
  }
  return known;
}

function customFinder({ data, factory }: Parameter): Find | undefined {
  if (factory === undefined) return undefined;
  return (args, gateway, handler) => factory(data, new HandlerContext(args, gateway.constructor as Type, handler));
}

function finderOf(kind: string, { data }: Parameter): Find | undefined {
  switch (kind) {
    case SOCKET:
      return (args) => args[0];
    case PAYLOAD:
      return typeof data === 'string' && data !== ''
        ? (args) => (args[1] as Record<string, unknown> | null | undefined)?.[data]
        : (args) => args[1];
    default:
      // An `@Ack()` Nest has to see: it is how it knows that the method answers itself.
      return undefined;
  }
}
