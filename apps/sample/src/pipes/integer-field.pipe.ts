import { type PipeTransform, UnprocessableEntityException } from '@nestjs/common';

/** Refuses data without an integer in the named field, from `least` to `most`. */
export class IntegerFieldPipe implements PipeTransform<unknown, object> {
  constructor(
    private readonly field: string,
    private readonly least: number,
    private readonly most: number,
  ) {}

  transform(data: unknown): object {
    const { field, least, most } = this;
    const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, field) : undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      const problem = `${field} must be an integer from ${String(least)} to ${String(most)}`;
      throw new UnprocessableEntityException({ message: problem, details: { field, least, most } });
    }
    return data as object;
  }
}
