import { MAX_DEPTH } from './sound-message-pack.js';

type Fields = Record<string, unknown>;

/**
 * What JSON would make of a value, with bytes left as bytes: `toJSON` is asked, numbers that are none become null, what has no
 * form is left out. The value itself is not changed; it is copied only along the way to what must be another.
 *
 * @throws TypeError for a BigInt, RangeError for what is too deep, because it holds itself, say.
 */
export function plainValue(value: unknown, key: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      if (hasToJson(value)) return plainValue(value.toJSON(key), key, depth);
      throw new TypeError('data has no form in a message: send a BigInt as a string');
    case 'function':
    case 'symbol':
      return undefined;
    case 'object':
      return value === null ? null : plainObject(value, key, depth);
  }
}

function plainObject(value: object, key: string, depth: number): unknown {
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (depth >= MAX_DEPTH) {
    throw new RangeError(
      `data nests more than ${String(MAX_DEPTH)} levels deep: send it flatter, and nothing that holds itself`,
    );
  }
  if (hasToJson(value)) return plainValue(value.toJSON(key), key, depth + 1);
  return Array.isArray(value) ? plainArray(value, depth + 1) : plainFields(value as Fields, depth + 1);
}

function plainArray(items: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined = undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const plain = plainValue(item, String(index), depth) ?? null;
    if (copy !== undefined) copy.push(plain);
    else if (plain !== item) {
      copy = items.slice(0, index);
      copy.push(plain);
    }
  }
  return copy ?? items;
}

function plainFields(fields: Fields, depth: number): unknown {
  let copy: Fields | undefined = undefined;
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue;
    const field = fields[key];
    // Decoders refuse a message that has this key; whoever put it there must not reach others with it.
    const plain = key === '__proto__' ? undefined : plainValue(field, key, depth);
    if (plain === field) continue;
    copy ??= { ...fields };
    copy[key] = plain;
  }
  return copy ?? fields;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}
