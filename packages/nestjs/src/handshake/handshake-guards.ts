import type { CanActivate, Type } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Handshake } from './handshake.js';
import { HandshakeContext } from './handshake-context.js';
import type { GatewayModule } from '../nest-gateways.js';
import type { HandshakeGuard } from './use-handshake-guards.decorator.js';

/** Where a guard comes from at each handshake. */
type GuardSource = (handshake: Handshake) => CanActivate | Promise<CanActivate>;

/** The guards of one gateway's handshakes, with what its module can inject. */
export class HandshakeGuards {
  private sources: readonly GuardSource[] | undefined = undefined;

  constructor(
    private readonly gateway: Type,
    private readonly guards: readonly HandshakeGuard[],
    private readonly module: GatewayModule,
  ) {}

  /** Whether {@link prepare} is done. */
  get isReady(): boolean {
    return this.sources !== undefined;
  }

  /**
   * Makes what is made once.
   *
   * @throws Nest's error where a dependency is missing, or made a request: a guard with such dependencies has to be a provider of
   * the gateway's module.
   */
  async prepare(): Promise<void> {
    this.sources ??= await Promise.all(this.guards.map((guard) => this.sourceOf(guard)));
  }

  /** Whether all say yes; they are asked in order, and none after the first no. What one throws, this throws. */
  async admit(handshake: Handshake): Promise<boolean> {
    const context = new HandshakeContext(handshake, this.gateway);
    for (const source of this.sources ?? []) {
      const guard = await source(handshake);
      const answer = guard.canActivate(context);
      if (!(await (isObservable(answer) ? lastValueFrom(answer) : answer))) return false;
    }
    return true;
  }

  private async sourceOf(guard: HandshakeGuard): Promise<GuardSource> {
    if (typeof guard !== 'function') return () => guard;
    const { moduleRef, provides } = this.module;
    switch (provides(guard)) {
      case 'once': {
        const provided = moduleRef.get(guard);
        return () => provided;
      }
      case 'anew':
        return (handshake) => {
          const contextId = ContextIdFactory.create();
          // What injects REQUEST gets the handshake.
          moduleRef.registerRequestByContextId(handshake, contextId);
          return moduleRef.resolve(guard, contextId);
        };
      case undefined: {
        const made = await moduleRef.create(guard);
        return () => made;
      }
    }
  }
}
