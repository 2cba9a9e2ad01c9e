import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPromiseLike } from '../exceptions/promise-like.js';
import { NestwireMessage } from '../message/nestwire-message.js';
import { validationFailed } from './validation-details.js';

/** Where Nest has a message's data among a handler's arguments: behind the client. */
const DATA = 1;

/**
 * Validates a message's data by the `request` of its contract. It is the last of a handler's guards: who may not send a message is
 * told so before it is looked at, and what interceptors, pipes and the handler get is what the schema has made of it, whole or by
 * `@MessageBody('field')`. A pipe could not do that: it gets the field alone.
 */
export class ContractGuard implements CanActivate {
  constructor(private readonly schema: StandardSchemaV1) {}

  /** @throws HttpException 422 where the data does not fit. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // Without a message of ours, another adapter is at work.
    if (NestwireMessage.of(context) === undefined) return true;
    // The array that Nest itself reads the parameters from.
    const args = context.getArgs<unknown[]>();
    const result = this.schema['~standard'].validate(args[DATA]);
    return isPromiseLike(result) ? result.then((later) => accept(args, later)) : accept(args, result);
  }
}

function accept(args: unknown[], result: StandardSchemaV1.Result<unknown>): true {
  if (result.issues !== undefined) throw validationFailed(result.issues);
  args[DATA] = result.value;
  return true;
}
