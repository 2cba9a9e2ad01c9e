import { decode, encode } from '@msgpack/msgpack';

/** A message as the server sends it. */
export interface Received {
  readonly code: number;
  readonly id?: number | string;
  readonly data?: unknown;
  readonly error?: { readonly status: number; readonly message: string };
  readonly done?: boolean;
}

/** A format, as clients that know nothing of Nestwire would write it. */
export interface Dialect {
  /** `undefined`: none is named. */
  readonly subprotocol: string | undefined;
  encode(message: object): string | Uint8Array;
  decode(message: string | Uint8Array): Received;
  /** What the server can make nothing of. */
  readonly malformed: readonly (string | Uint8Array)[];
}

const encodeJson = (message: object): string => JSON.stringify(message);
const decodeJson = (message: string | Uint8Array): Received => {
  if (typeof message !== 'string') throw new Error('A binary message instead of JSON');
  return JSON.parse(message) as Received;
};

const JSON_DIALECT = { encode: encodeJson, decode: decodeJson, malformed: ['', '{', '[1]', '{"code":"x"}'] };
export const JSON_BY_DEFAULT: Dialect = { subprotocol: undefined, ...JSON_DIALECT };
export const JSON_BY_NAME: Dialect = { subprotocol: 'nestwire.v1.json', ...JSON_DIALECT };
export const MESSAGE_PACK: Dialect = {
  subprotocol: 'nestwire.v1.msgpack',
  encode: (message) => encode(message),
  decode: (message) => {
    if (typeof message === 'string') throw new Error('Text instead of MessagePack');
    return decode(message) as Received;
  },
  malformed: [new Uint8Array(0), Uint8Array.of(0xc1), Uint8Array.of(0x90)],
};
