import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { NestwireMessage } from '../message/nestwire-message.js';

/** The connection's principal, as a parameter of a handler; `undefined` where it has none. */
export const ClientPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext) => NestwireMessage.of(context)?.client.principal,
);
