import type {
  BeforeApplicationShutdown,
  INestApplicationContext,
  InjectionToken,
  OnApplicationBootstrap,
  Type,
} from '@nestjs/common';
import { MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
import { isPublic } from './decorators/public.decorator.js';
import { gatewayOptionsToken, type PathOptions, type ProvidedGatewayOptions } from './gateway.options.js';

/*
 * Where the gateways are, and what their modules provide. Nest reads port and options from a gateway's metadata when it binds it; so
 * what a factory has provided is written there before that. `nest-seam.spec.ts` holds Nest to the keys.
 */
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const PORT = 'port';
const HANDLER = 'websockets:message_mapping';
const MESSAGE = 'message';

/** A gateway, and where it is. */
export interface GatewayHome {
  readonly type: Type;
  readonly port: number;
  readonly path: string | undefined;
  readonly options: PathOptions;
  /** What is subscribed to by methods marked `@Public()`. */
  readonly publicPatterns: readonly unknown[];
  readonly module: GatewayModule;
}

/** What a gateway's module can do for it. */
export interface GatewayModule {
  readonly moduleRef: ModuleRef;
  /** The module's own instance. */
  readonly instance: object;
  /** Whether the module itself provides it, and whether once for all or anew. */
  readonly provides: (token: InjectionToken) => 'once' | 'anew' | undefined;
}

type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** What the decorator said, of classes whose metadata was written over. */
const declared = new WeakMap<Type, { readonly port: number; readonly options: object }>();

/** Finds the application's gateways, and settles where they are. */
export function settleGateways(app: INestApplicationContext): GatewayHome[] {
  const modules = [...app.get(ModulesContainer).values()];
  return modules.flatMap((module) =>
    [...module.providers.values()].flatMap(({ metatype }) =>
      typeof metatype === 'function' && Reflect.getMetadata(GATEWAY, metatype) === true
        ? [settle(app, metatype as Type, module, modules)]
        : [],
    ),
  );
}

function settle(app: INestApplicationContext, type: Type, module: NestModule, modules: NestModule[]): GatewayHome {
  const said = declared.get(type) ?? {
    port: (Reflect.getMetadata(PORT, type) ?? 0) as number,
    options: (Reflect.getMetadata(GATEWAY_OPTIONS, type) ?? {}) as object,
  };
  const token = gatewayOptionsToken(type);
  const isProvided = modules.some(({ providers }) => providers.has(token));
  const provided = isProvided ? app.get<ProvidedGatewayOptions>(token, { strict: false }) : {};
  const { port = said.port, ...further } = provided;
  const options: PathOptions & { path?: string } = { ...said.options, ...further };
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`The port of ${type.name} must be an integer from 0 to 65535, not ${String(port)}`);
  }
  // Another application in this process may have provided something else for the same class.
  if (isProvided || declared.has(type)) {
    declared.set(type, said);
    Reflect.defineMetadata(PORT, port, type);
    Reflect.defineMetadata(GATEWAY_OPTIONS, options, type);
  }
  return { type, port, path: options.path, options, publicPatterns: publicPatternsOf(type), module: moduleOf(module) };
}

function publicPatternsOf(gateway: Type): unknown[] {
  const prototype = gateway.prototype as Record<string, object>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name) => prototype[name] as object)
    .filter((method) => Reflect.getMetadata(HANDLER, method) === true && isPublic(method, gateway))
    .map((method) => Reflect.getMetadata(MESSAGE, method) as unknown);
}

function moduleOf({ providers, instance }: NestModule): GatewayModule {
  return {
    moduleRef: providers.get(ModuleRef)?.instance as ModuleRef,
    instance,
    provides: (token) => {
      const wrapper = providers.get(token);
      if (wrapper === undefined) return undefined;
      return wrapper.isDependencyTreeStatic() && !wrapper.isTransient ? 'once' : 'anew';
    },
  };
}

/** The provider under this token, wherever it is; `undefined` where there is none. */
export function findProvided<T>(app: INestApplicationContext, token: InjectionToken<T>): T | undefined {
  const isProvided = [...app.get(ModulesContainer).values()].some(({ providers }) => providers.has(token));
  return isProvided ? app.get<T>(token, { strict: false }) : undefined;
}

/** The providers that are made once and are instances of a class, wherever they are. */
export function findInstances<T>(app: INestApplicationContext, type: abstract new () => T): readonly T[] {
  const found = new Set<T>();
  for (const { providers } of app.get(ModulesContainer).values()) {
    for (const wrapper of providers.values()) {
      const instance: unknown = wrapper.isDependencyTreeStatic() && !wrapper.isTransient ? wrapper.instance : undefined;
      if (instance instanceof type) found.add(instance);
    }
  }
  return [...found];
}

/**
 * Has this be told that the application ends, and by which signal: before any of its providers is shut down. Nest tells an adapter
 * neither.
 */
export function beforeShutdown({ instance }: GatewayModule, tell: (signal: string | undefined) => void): void {
  const module = instance as Partial<BeforeApplicationShutdown>;
  const own = module.beforeApplicationShutdown?.bind(module);
  Object.defineProperty(module, 'beforeApplicationShutdown', {
    configurable: true,
    value: async (signal?: string): Promise<void> => {
      tell(signal);
      await own?.(signal);
    },
  });
}

/**
 * Has this work done while the application boots, which waits for it, and does not start where it fails. Nest calls an adapter
 * synchronously, so that it can't say that a port is taken; but it awaits the lifecycle hooks of modules, of which this becomes one.
 */
export function onBootstrap({ instance }: GatewayModule, work: () => Promise<void>): void {
  const module = instance as Partial<OnApplicationBootstrap>;
  const own = module.onApplicationBootstrap?.bind(module);
  Object.defineProperty(module, 'onApplicationBootstrap', {
    configurable: true,
    value: async (): Promise<void> => {
      await work();
      await own?.();
    },
  });
}
