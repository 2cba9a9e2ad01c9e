import { type HttpException, HttpStatus, UnprocessableEntityException } from '@nestjs/common';

/** One thing that is wrong with a message's data. */
export interface ValidationDetail {
  /** Where, as in `address.street` or `items.0.name`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** How many are told: what is wrong with a message must not be longer than the message. */
const MAX_DETAILS = 32;
const MAX_PATH_UNITS = 256;

/** class-validator's ValidationError, as far as it is read here. */
interface PropertyError {
  readonly property: string;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly PropertyError[];
}

/** An issue of the Standard Schema. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const detailsOfExceptions = new WeakMap<object, readonly ValidationDetail[]>();

/** Notes what a validation pipe's exception was made of: its own text has it in one string a piece. */
export function rememberDetails(exception: unknown, found: unknown): void {
  if (typeof exception !== 'object' || exception === null || !Array.isArray(found)) return;
  detailsOfExceptions.set(exception, describe(found as (PropertyError | SchemaIssue)[]));
}

/** What a failed validation throws: 422, with details. */
export function validationFailed(issues: readonly SchemaIssue[]): HttpException {
  return new UnprocessableEntityException({ message: 'Validation failed', details: describe(issues) });
}

/** The details of an exception that is a validation pipe's, whose 400 is a 422 here; `undefined` for any other. */
export function detailsOfFailedValidation(exception: HttpException): readonly ValidationDetail[] | undefined {
  if (exception.getStatus() !== Number(HttpStatus.BAD_REQUEST)) return undefined;
  return detailsOfExceptions.get(exception);
}

function describe(found: readonly (PropertyError | SchemaIssue)[]): readonly ValidationDetail[] {
  const details: ValidationDetail[] = [];
  for (const item of found) {
    if ('property' in item) addProperty(item, '', details);
    else add({ path: pathOf(item), message: item.message }, details);
  }
  return details;
}

function addProperty(
  { property, constraints = {}, children = [] }: PropertyError,
  above: string,
  details: ValidationDetail[],
): void {
  const path = above === '' ? property : `${above}.${property}`;
  for (const message of Object.values(constraints)) add({ path, message }, details);
  for (const child of children) if (details.length < MAX_DETAILS) addProperty(child, path, details);
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
}

function add({ path, message }: ValidationDetail, details: ValidationDetail[]): void {
  if (details.length < MAX_DETAILS) details.push({ path: path.slice(0, MAX_PATH_UNITS), message });
}
