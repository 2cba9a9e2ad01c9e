import type { StandardSchemaV1 } from '@standard-schema/spec';

const UNCHECKED: StandardSchemaV1 = Object.freeze({
  '~standard': Object.freeze({ version: 1, vendor: 'nestwire', validate: (value: unknown) => ({ value }) } as const),
});

/**
 * A type where a schema is asked for. It checks nothing: what comes in under it is whatever the peer has sent. For what *you* send, and
 * for what a pipe of yours looks at.
 */
export function type<T>(): StandardSchemaV1<T> {
  return UNCHECKED as StandardSchemaV1<T>;
}
