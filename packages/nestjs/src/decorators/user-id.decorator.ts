import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { NestwireMessage } from '../message/nestwire-message.js';

/** Who speaks: the message's `userId`, as a parameter of a handler. */
export const UserId = createParamDecorator(
  (_: unknown, context: ExecutionContext) => NestwireMessage.of(context)?.userId,
);
