import { ConflictException, HttpStatus } from '@nestjs/common';
import { Deadline } from '@nestwire/engine';
import { canonicalUserId, NestwireCloseCode } from '@nestwire/envelope';
import type { AnyClient } from './nestwire-client.js';
import { MessageViolation } from './violations.js';
import { checkPrincipal, expiryOf, type Principal } from '../handshake/principal.js';
import type { MessageProblem, NestwireMessage } from '../message/nestwire-message.js';
import type { PathServer } from '../server/path-server.js';

const USER_ID_MISSING: MessageProblem = {
  error: { status: 400, message: 'userId is required' },
  violation: MessageViolation.Malformed,
};
const NO_PRINCIPAL: MessageProblem = {
  error: { status: HttpStatus.UNAUTHORIZED, message: 'Log in first' },
};
const FORGED: MessageProblem = {
  error: { status: HttpStatus.FORBIDDEN, message: 'userId is not yours' },
  violation: MessageViolation.Forged,
};

/**
 * Who a connection speaks for, and until when. It is its own deadline: the one to get a principal by, then the one at which that
 * expires.
 */
export class Identity extends Deadline {
  private known: Principal | undefined = undefined;

  constructor(
    private readonly client: AnyClient,
    private readonly server: PathServer,
    principal: Principal | undefined,
  ) {
    super();
    const { authentication, authenticationTimeoutMs } = server.options;
    if (principal !== undefined) this.authenticate(principal);
    else if (authentication === 'required') server.wheel.arm(this, authenticationTimeoutMs);
  }

  get principal(): Principal | undefined {
    return this.known;
  }

  /** @throws TypeError for what is no principal; ConflictException for another user than before. */
  authenticate(principal: Principal): void {
    checkPrincipal(principal);
    const { known, server } = this;
    if (known !== undefined && canonicalUserId(known.userId) !== canonicalUserId(principal.userId)) {
      throw new ConflictException('This connection is another user’s: open a new one');
    }
    if (!this.client.isOpen) return;
    const isNew = known === undefined;
    this.known = principal;
    if (isNew) server.identify(this.client, principal.userId);
    const expiry = expiryOf(principal);
    if (expiry === Infinity) server.wheel.disarm(this);
    else server.wheel.arm(this, Math.max(0, expiry - Date.now()));
  }

  /** Why this message is not handled, if it is not: looked at when its turn comes, because the one before may have been a log-in. */
  problemOf({ envelope: { userId, code } }: NestwireMessage): MessageProblem | undefined {
    const { known, server } = this;
    if (known !== undefined) {
      return userId === undefined || canonicalUserId(userId) === canonicalUserId(known.userId) ? undefined : FORGED;
    }
    switch (server.options.authentication) {
      case 'open':
        return userId === undefined && this.client.codec.userIdOptional !== true ? USER_ID_MISSING : undefined;
      case 'optional':
        // Who is nobody may speak, and may not say to be somebody, but to log in.
        return userId === undefined || server.isPublic(code) ? undefined : NO_PRINCIPAL;
      case 'required':
        return server.isPublic(code) ? undefined : NO_PRINCIPAL;
    }
  }

  /** The connection has ended. */
  dispose(): void {
    this.server.wheel.disarm(this);
  }

  override onDeadline(): void {
    const reason = this.known === undefined ? 'not authenticated in time' : 'the authentication has expired';
    this.client.close(NestwireCloseCode.Unauthenticated, reason);
  }
}
