import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const HEARTBEAT = 'nestwire:heartbeat';

/** Marks a handler, or all of a gateway, whose messages are the application's heartbeat. See `HeartbeatGuard`. */
export const Heartbeat = (): CustomDecorator => SetMetadata(HEARTBEAT, true);

/** Whether a handler, or its gateway, is marked with {@link Heartbeat}. */
export function isHeartbeat(handler: object, gateway: object): boolean {
  return Reflect.getMetadata(HEARTBEAT, handler) === true || Reflect.getMetadata(HEARTBEAT, gateway) === true;
}
