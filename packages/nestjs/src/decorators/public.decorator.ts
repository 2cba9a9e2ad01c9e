import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const PUBLIC = 'nestwire:public';

/**
 * Marks a handler, or all of a gateway, for clients without a principal, on a path whose `authentication` is `'required'`: a log-in,
 * for example. What such a client claims to be (`@UserId()`) is a claim and no more.
 */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** Whether a handler, or its gateway, is marked with {@link Public}. */
export function isPublic(handler: object, gateway: object): boolean {
  return Reflect.getMetadata(PUBLIC, handler) === true || Reflect.getMetadata(PUBLIC, gateway) === true;
}
