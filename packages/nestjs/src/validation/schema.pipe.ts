import type { PipeTransform } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { validationFailed } from './validation-details.js';

/**
 * Validates a message's data, or a field of it, by a schema of any library that speaks Standard Schema (Zod, Valibot,
 * ArkType…), and gives the handler what the schema makes of it. What does not fit is an `error` 422 with
 * `details: [{ path, message }]`.
 *
 * On Nest 12, `@MessageBody({ schema })` says the same; this pipe works on 11 too:
 *
 * ```ts
 * @SubscribeMessage(3001)
 * join(@MessageBody(new SchemaPipe(z.object({ room: z.string() }))) { room }: { room: string }): void { … }
 * ```
 */
export class SchemaPipe<Schema extends StandardSchemaV1> implements PipeTransform<
  unknown,
  Promise<StandardSchemaV1.InferOutput<Schema>>
> {
  constructor(readonly schema: Schema) {}

  /** @throws HttpException 422 where the value does not fit. */
  async transform(value: unknown): Promise<StandardSchemaV1.InferOutput<Schema>> {
    const result = await this.schema['~standard'].validate(value);
    if (result.issues !== undefined) throw validationFailed(result.issues);
    return result.value;
  }
}
