import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyContractEntry } from './contract-entry.js';

/*
 * Each schema has two types: that of what is put into it, which is what travels, and that of what comes out, after its defaults
 * and transforms. Who sends writes the first; who receives, and validates, reads the second.
 */

type InOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : unknown;
type OutOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown;

/** What a client sends. */
export type InputOf<Entry extends AnyContractEntry> = InOf<Entry['request']>;

/** What a handler gets: the request, validated. */
export type RequestOf<Entry extends AnyContractEntry> = OutOf<Entry['request']>;

/** What a handler answers with; of a stream, each value. */
export type ReplyOf<Entry extends AnyContractEntry> = InOf<Entry['reply']>;

/** What a client is answered with; of a stream, each value. */
export type OutputOf<Entry extends AnyContractEntry> = OutOf<Entry['reply']>;

/** What the server pushes: `never` for an entry that is for calls. */
export type PushOf<Entry extends AnyContractEntry> = Entry['push'] extends StandardSchemaV1
  ? InOf<Entry['push']>
  : IsBare<Entry> extends true
    ? unknown
    : never;

/** What a client gets of a push. */
export type PushedOf<Entry extends AnyContractEntry> = OutOf<Entry['push']>;

/** What may go to a client under an entry's code, as a reply or a push. */
export type SentOf<Entry extends AnyContractEntry> = Entry['reply'] extends StandardSchemaV1
  ? ReplyOf<Entry> | PushOf<Entry>
  : Entry['push'] extends StandardSchemaV1
    ? PushOf<Entry>
    : unknown;

/** Data as the last of a function's arguments: it may be left out where it may be undefined. */
export type DataArgument<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/** An entry that says nothing but its code leaves everything open. */
type IsBare<Entry extends AnyContractEntry> = Entry['request'] extends StandardSchemaV1
  ? false
  : Entry['reply'] extends StandardSchemaV1
    ? false
    : Entry['stream'] extends true
      ? false
      : true;
