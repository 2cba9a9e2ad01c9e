import type { IncomingMessage } from 'node:http';
import type { HeaderLines } from '@nestwire/protocol';

/**
 * The header fields of a request as its peer sent them. Node's own `headersDistinct` has the same shape, but before
 * 20.20.2 it throws on a field that is named `__proto__` or `constructor`: one request would end the process.
 */
export function headerLines(request: Pick<IncomingMessage, 'rawHeaders'>): HeaderLines {
  const lines = Object.create(null) as Record<string, string[]>;
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] as string).toLowerCase();
    (lines[name] ??= []).push(request.rawHeaders[i + 1] as string);
  }
  return lines;
}
