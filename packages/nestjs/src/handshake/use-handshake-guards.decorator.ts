import type { CanActivate, Type } from '@nestjs/common';

const HANDSHAKE_GUARDS = 'nestwire:handshake_guards';

/** A guard, or the class of one. */
export type HandshakeGuard = Type<CanActivate> | CanActivate;

/**
 * Guards that a gateway's connections have to pass before they are opened. They are Nest's guards: `Handshake.of(context)` is what
 * they see, `false` is a 403, and what they throw decides. A class is the gateway's module's provider of it, if there is one, else
 * made once with what that module can inject. Where several gateways share a path, a client has to pass the guards of all.
 *
 * ```ts
 * @UseHandshakeGuards(TokenGuard)
 * @WebSocketGateway({ path: '/chat' })
 * ```
 */
export function UseHandshakeGuards(...guards: readonly HandshakeGuard[]): ClassDecorator {
  for (const guard of guards) {
    const target: unknown = typeof guard === 'function' ? guard.prototype : guard;
    if (typeof (target as Partial<CanActivate> | undefined)?.canActivate !== 'function') {
      throw new TypeError('@UseHandshakeGuards() takes guards, or classes of guards, with a canActivate() each');
    }
  }
  return (gateway) => {
    // The outermost of several decorators is applied last, and asked first.
    Reflect.defineMetadata(HANDSHAKE_GUARDS, [...guards, ...handshakeGuardsOf(gateway)], gateway);
  };
}

export function handshakeGuardsOf(gateway: object): readonly HandshakeGuard[] {
  return (Reflect.getMetadata(HANDSHAKE_GUARDS, gateway) as readonly HandshakeGuard[] | undefined) ?? [];
}
