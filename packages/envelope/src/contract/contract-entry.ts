import type { StandardSchemaV1 } from '@standard-schema/spec';

/**
 * What a contract says about one code. Each schema is one of any library that speaks Standard Schema (Zod, Valibot, ArkType…), or
 * `type<T>()`, which checks nothing.
 */
export interface EntryDefinition {
  /** 1–2147483647. */
  readonly code: number;
  /** The data that a client sends. */
  readonly request?: StandardSchemaV1;
  /** The data that a client is answered with; of a stream, each value. */
  readonly reply?: StandardSchemaV1;
  /** The answer is a stream. @default one reply */
  readonly stream?: true;
  /** The data that the server sends of its own accord. An entry with nothing else is for the server alone. */
  readonly push?: StandardSchemaV1;
}

type Field<Definition, Name extends keyof EntryDefinition> = Name extends keyof Definition
  ? Definition[Name]
  : undefined;

/** One message of a contract: its code, and what goes with it. `toString` gives `chat.say (1001)`. */
export interface ContractEntry<Definition extends EntryDefinition = EntryDefinition> {
  /** `contract.entry`, for people. */
  readonly name: string;
  readonly code: Definition['code'];
  readonly request: Field<Definition, 'request'>;
  readonly reply: Field<Definition, 'reply'>;
  readonly stream: Definition extends { readonly stream: true } ? true : false;
  readonly push: Field<Definition, 'push'>;
  toString(): string;
}

/** Any entry, for whoever does not care which. */
export interface AnyContractEntry {
  readonly name: string;
  readonly code: number;
  readonly request: StandardSchemaV1 | undefined;
  readonly reply: StandardSchemaV1 | undefined;
  readonly stream: boolean;
  readonly push: StandardSchemaV1 | undefined;
  toString(): string;
}

/** A package can be in a program twice; its entries are known to both. */
const ENTRY = Symbol.for('@nestwire/envelope/contract-entry');

class Entry implements AnyContractEntry {
  readonly [ENTRY] = true;
  readonly code: number;
  readonly request: StandardSchemaV1 | undefined;
  readonly reply: StandardSchemaV1 | undefined;
  readonly stream: boolean;
  readonly push: StandardSchemaV1 | undefined;

  constructor(
    readonly name: string,
    { code, request, reply, stream, push }: EntryDefinition,
  ) {
    this.code = code;
    this.request = request;
    this.reply = reply;
    this.stream = stream === true;
    this.push = push;
    Object.freeze(this);
  }

  toString(): string {
    return `${this.name} (${String(this.code)})`;
  }
}

export function createEntry(name: string, definition: EntryDefinition): AnyContractEntry {
  return new Entry(name, definition);
}

export function isContractEntry(value: unknown): value is AnyContractEntry {
  return typeof value === 'object' && value !== null && ENTRY in value;
}

/** Whether it says nothing of what a client sends or is answered: the server alone sends it. */
export function isPushOnly({ request, reply, stream, push }: AnyContractEntry): boolean {
  return push !== undefined && request === undefined && reply === undefined && !stream;
}
