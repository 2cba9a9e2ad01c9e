import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { isHeartbeat } from '../decorators/heartbeat.decorator.js';
import { NestwireMessage } from '../message/nestwire-message.js';

/**
 * Lets every message pass, and closes a client with 4408 that says much but never a code marked `@Heartbeat()`: after
 * `heartbeatTimeoutMs` (30 s), counted from its opening or its last heartbeat. A client that says nothing at all is closed
 * without this guard.
 */
@Injectable()
export class HeartbeatGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const client = NestwireMessage.of(context)?.client;
    if (isHeartbeat(context.getHandler(), context.getClass())) client?.beat();
    else client?.expectHeartbeat();
    return true;
  }
}
