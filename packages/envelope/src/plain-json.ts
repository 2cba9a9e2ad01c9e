import type { OutgoingEnvelope } from './envelope.js';
import { writeJson } from './write-json.js';

/**
 * Writes a plain message – no text as user or id, an object or a list as data, and nothing besides – as `JSON.stringify` would write it as
 * a whole. What stands around `data` is put together here: of an object that is there for its fields to be written only, and most of them
 * undefined, a third of the time goes.
 *
 * @returns `undefined` for what is not plain.
 * @throws TypeError where `data` holds a BigInt or itself.
 */
export function writePlain(envelope: OutgoingEnvelope): string | undefined {
  const { userId, code, id, data, error, done, cancel, traceparent } = envelope;
  if (error !== undefined || done !== undefined || cancel !== undefined || traceparent !== undefined) return undefined;
  if (typeof userId === 'string' || typeof id === 'string' || !isPlain(data)) return undefined;
  const user = userId === undefined ? '{"code":' : `{"userId":${String(userId)},"code":`;
  const head =
    id === undefined ? `${user}${String(code)},"data":` : `${user}${String(code)},"id":${String(id)},"data":`;
  return `${head}${writeJson(data)}}`;
}

/** Whether it is an object with no form of its own: `toJSON` is told where it stands, which is nowhere here. */
function isPlain(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { toJSON?: unknown }).toJSON === undefined;
}
