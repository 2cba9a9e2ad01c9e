import type { INestApplicationContext } from '@nestjs/common';
import { Entrance } from './entrance.js';
import { type Authenticate, HandshakeAuthenticator } from './handshake-authenticator.js';
import { HandshakeGuards } from './handshake-guards.js';
import { handshakeGuardsOf } from './use-handshake-guards.decorator.js';
import { mergePathOptions } from '../gateway.options.js';
import { findProvided, type GatewayHome } from '../nest-gateways.js';
import { type NestwireOptions, type ResolvedOptions, resolveOptions, shareLimits } from '../nestwire.options.js';
import { isPlatformWs } from '../preset/platform-ws.js';
import { translateWsOptions } from '../preset/ws-gateway-options.js';
import { normalizePath, PathPattern } from '../server/path-pattern.js';
import { PathTable } from '../server/path-table.js';

/** One path of one port: who may come in there, and what holds for those who are in. */
export interface PathPlan {
  readonly entrance: Entrance;
  readonly options: ResolvedOptions;
  /** What is marked `@Public()`. */
  readonly publicPatterns: readonly unknown[];
}

/** All paths of an application's gateways. */
export class Entrances {
  private readonly plans = new Map<string, PathPlan>();

  /**
   * @throws RangeError for an option out of its range; Error where gateways of a path contradict each other, where two patterns match
   * the same paths, or where there are two to authenticate.
   */
  constructor(app: INestApplicationContext, homes: readonly GatewayHome[], options: NestwireOptions) {
    const authenticate = authenticateOf(app, options);
    const whole = shareLimits(authenticate === undefined ? options : { ...options, authenticate });
    resolveOptions(whole);
    const platformWs = isPlatformWs(whole);
    const tables = new Map<number, PathTable>();
    for (const [key, here] of groupByPath(homes)) {
      const [{ port, path }] = here;
      const table = tables.get(port) ?? new PathTable();
      tables.set(port, table);
      const pattern = new PathPattern(platformWs ? platformWsPath(port, path) : normalizePath(path));
      table.add(pattern);
      const said = platformWs
        ? here.map(({ type, options: own }) => ({ type, options: translateWsOptions(type, own) }))
        : here;
      const resolved = resolveOptions({ ...whole, ...mergePathOptions(said) });
      const guards = here
        .map(({ type, module }) => ({ type, module, guards: handshakeGuardsOf(type) }))
        .filter((gateway) => gateway.guards.length > 0)
        .map((gateway) => new HandshakeGuards(gateway.type, gateway.guards, gateway.module));
      const { refusals } = resolved;
      this.plans.set(key, {
        entrance: new Entrance({ pattern, paths: table, authenticate, guards, refusals, platformWs }),
        options: resolved,
        publicPatterns: here.flatMap(({ publicPatterns }) => publicPatterns),
      });
    }
  }

  /** The paths on which any `userId` is believed. */
  get openPaths(): readonly string[] {
    return [...this.plans.values()]
      .filter(({ options }) => options.authentication === 'open')
      .map(({ entrance }) => entrance.path);
  }

  /** @throws Error where none of the application's gateways is. */
  at(port: number, path: string): PathPlan {
    const plan = this.plans.get(keyOf(port, path));
    if (plan !== undefined) return plan;
    throw new Error(
      `No gateway of this application is at ${path} on port ${String(port)}. Where another application has the same gateway with other ` +
        'options, let the one begin to listen before the other gets its adapter',
    );
  }

  /** Makes what guards are made once. */
  async prepare(): Promise<void> {
    await Promise.all([...this.plans.values()].map(({ entrance }) => entrance.prepare()));
  }
}

/** `WsAdapter` looks for a path without its closing slash; on a port of its own, one without a path takes every path. */
function platformWsPath(port: number, path: string | undefined): string {
  if (port !== 0 && (path === undefined || path === '')) return '/{*path}';
  return normalizePath(path?.replace(/\/+$/, ''));
}

function keyOf(port: number, path: string): string {
  return `${String(port)} ${path}`;
}

type SomeHomes = [GatewayHome, ...GatewayHome[]];

function groupByPath(homes: readonly GatewayHome[]): Map<string, SomeHomes> {
  const groups = new Map<string, SomeHomes>();
  for (const home of homes) {
    const key = keyOf(home.port, normalizePath(home.path));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [home]);
    else group.push(home);
  }
  return groups;
}

function authenticateOf(app: INestApplicationContext, { authenticate }: NestwireOptions): Authenticate | undefined {
  const provided = findProvided(app, HandshakeAuthenticator);
  if (provided === undefined) return authenticate;
  if (authenticate !== undefined) {
    throw new Error('There are two to authenticate: the option authenticate, and a provider of HandshakeAuthenticator');
  }
  return (handshake) => provided.authenticate(handshake);
}
