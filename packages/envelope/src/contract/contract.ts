import { isCode, MAX_CODE } from '../envelope.js';
import { type AnyContractEntry, type ContractEntry, createEntry, type EntryDefinition } from './contract-entry.js';

type Definitions = Readonly<Record<string, EntryDefinition>>;

/** What a server and its clients say to each other: entries by their names. */
export type Contract<Entries extends Definitions = Definitions> = {
  readonly [Name in keyof Entries]: ContractEntry<Entries[Name]>;
};

/** Where a contract keeps its entries by code: beside the names, which are all the application's. */
const BY_CODE = Symbol.for('@nestwire/envelope/contract-by-code');

const FIELDS: ReadonlySet<string> = new Set(['code', 'request', 'reply', 'stream', 'push']);
const SCHEMAS = ['request', 'reply', 'push'] as const;

/**
 * A table of messages, from names to codes and the schemas of what is sent with them. Put it where the server and its clients can
 * import it.
 *
 * ```ts
 * export const chat = defineContract('chat', {
 *   say: { code: 1001, request: z.object({ text: z.string() }), reply: z.object({ heard: z.number() }) },
 *   history: { code: 1002, request: type<{ since: number }>(), reply: type<Line>(), stream: true },
 *   said: { code: 1003, push: type<Line>() },
 * });
 * chat.say.code; // 1001
 * String(chat.say); // chat.say (1001)
 * ```
 *
 * @param name - for people: it stands in logs and errors.
 * @throws RangeError for a code that is none; TypeError for a schema or a field that is none; Error for a code that two entries have.
 */
export function defineContract<const Entries extends Definitions>(name: string, entries: Entries): Contract<Entries> {
  const byCode = new Map<number, AnyContractEntry>();
  const contract = Object.fromEntries(
    Object.entries<EntryDefinition>(entries).map(([key, definition]) => {
      const entryName = `${name}.${key}`;
      checkDefinition(entryName, definition);
      const entry = createEntry(entryName, definition);
      const other = byCode.get(entry.code);
      if (other !== undefined) {
        throw new Error(`${other.name} and ${entryName} are both ${String(entry.code)}: give one of them another code`);
      }
      byCode.set(entry.code, entry);
      return [key, entry];
    }),
  );
  Object.defineProperty(contract, BY_CODE, { value: byCode });
  return Object.freeze(contract) as Contract<Entries>;
}

/** The entry with this code; `undefined` where the contract has none. */
export function entryOfCode<Entries extends Definitions>(
  contract: Contract<Entries>,
  code: number,
): Contract<Entries>[keyof Entries] | undefined {
  const { [BY_CODE]: byCode } = contract as { readonly [BY_CODE]?: ReadonlyMap<number, AnyContractEntry> };
  if (byCode === undefined) throw new TypeError('This is no contract: make one with defineContract()');
  return byCode.get(code) as Contract<Entries>[keyof Entries] | undefined;
}

function checkDefinition(name: string, definition: EntryDefinition): void {
  const { code, stream } = definition;
  if (!isCode(code)) {
    throw new RangeError(`The code of ${name} is ${String(code)}: use an integer from 1 to ${String(MAX_CODE)}`);
  }
  const strange = Object.keys(definition).find((field) => !FIELDS.has(field));
  if (strange !== undefined) {
    throw new TypeError(`${name} has a field ${strange}: there are ${[...FIELDS].join(', ')}`);
  }
  if (stream !== undefined && (stream as unknown) !== true) {
    throw new TypeError(`stream of ${name} is true, or is left out`);
  }
  for (const field of SCHEMAS) {
    const schema: unknown = definition[field];
    if (schema !== undefined && !isSchema(schema)) {
      throw new TypeError(
        `${field} of ${name} is no schema: use one of a library that speaks Standard Schema, or type<T>()`,
      );
    }
  }
}

function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value))
    return false;
  const { '~standard': standard } = value;
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}
