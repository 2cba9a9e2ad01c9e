import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { Handshake } from './handshake.js';
import { NestwireMessage } from '../message/nestwire-message.js';

/**
 * Demands a principal: of a connection before it is opened (`@UseHandshakeGuards(PrincipalGuard)`), where nobody is to log in by a
 * message; or for a message (`@UseGuards(PrincipalGuard)`), where the path demands none. Else 401.
 */
@Injectable()
export class PrincipalGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { principal } = Handshake.of(context) ?? NestwireMessage.of(context)?.client ?? {};
    if (principal === undefined) throw new UnauthorizedException('Log in first');
    return true;
  }
}
