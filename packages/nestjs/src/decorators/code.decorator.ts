import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { NestwireMessage } from '../message/nestwire-message.js';

/** The message's `code`, as a parameter of a handler. */
export const Code = createParamDecorator((_: unknown, context: ExecutionContext) => NestwireMessage.of(context)?.code);
