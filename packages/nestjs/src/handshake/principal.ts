import { isUserId, type UserId } from '@nestwire/envelope';

/** Who a connection speaks for, as the application has found out; it may carry any claims besides. */
export interface Principal {
  /** Every envelope's `userId` is held against it. */
  readonly userId: UserId;
  /**
   * When it ceases to be valid, by this machine's clock: a `Date`, or milliseconds since 1970 (a JWT's `exp` counts seconds). The
   * connection is closed with 4401 then, unless it was renewed by another log-in.
   * @default never
   */
  readonly expiresAt?: Date | number | undefined;
}

/** In milliseconds this is 1973, in seconds the year 5138. */
const SURELY_MILLISECONDS = 100_000_000_000;

/** @throws TypeError for what is no principal: that is the application's mistake, never the peer's. */
export function checkPrincipal(principal: Principal): void {
  const { userId, expiresAt } = principal as Partial<Principal>;
  if (!isUserId(userId)) {
    throw new TypeError('A principal has a userId: a safe integer from 0, or a string of 1 to 64 characters');
  }
  if (expiresAt === undefined) return;
  const at = expiryOf(principal);
  if (!(at >= SURELY_MILLISECONDS)) {
    throw new TypeError("expiresAt is a Date or milliseconds since 1970: multiply a JWT's exp by 1000");
  }
}

/** In milliseconds since 1970; `Infinity` for never. */
export function expiryOf({ expiresAt = Infinity }: Principal): number {
  return typeof expiresAt === 'number' ? expiresAt : expiresAt.getTime();
}
