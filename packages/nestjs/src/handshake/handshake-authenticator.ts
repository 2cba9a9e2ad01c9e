import type { Handshake } from './handshake.js';
import type { Principal } from './principal.js';

/** Finds out who opens a connection. `undefined`: nobody that is known; what it throws refuses the handshake. */
export type Authenticate = (handshake: Handshake) => Principal | undefined | PromiseLike<Principal | undefined>;

/**
 * The injectable form of the adapter's option `authenticate`, and the token to provide it under:
 *
 * ```ts
 * @Module({ providers: [{ provide: HandshakeAuthenticator, useClass: JwtAuthenticator }] })
 * ```
 */
export abstract class HandshakeAuthenticator {
  abstract authenticate(handshake: Handshake): ReturnType<Authenticate>;
}
