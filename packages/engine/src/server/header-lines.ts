import type { IncomingMessage } from 'node:http';
import type { HeaderLines } from '@nestwire/protocol';

/**
 * An object without a prototype's names, as `Object.create(null)` makes one; but that is a hash table from the beginning, and takes three
 * times as long for a dozen fields.
 */
const Lines = function () {
  // It begins with nothing.
} as unknown as new () => Record<string, string[] | undefined>;
Lines.prototype = Object.create(null) as Record<string, undefined>;

/**
 * The header fields of a request as its peer sent them. Node's own `headersDistinct` has the same shape, but before
 * 20.20.2 it throws on a field that is named `__proto__` or `constructor`: one request would end the process.
 */
export function headerLines({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): HeaderLines {
  const lines = new Lines();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    const before = lines[name];
    if (before === undefined) lines[name] = [value];
    else before.push(value);
  }
  return lines;
}
