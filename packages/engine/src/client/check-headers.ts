import { validateHeaderName, validateHeaderValue } from 'node:http';

/**
 * Header fields of the caller's, before anything is opened for them.
 *
 * @throws SyntaxError for one that belongs to the request itself, and for what can't be sent; without the value, which may be secret.
 */
export function checkHeaders(option: string, headers: Readonly<Record<string, string>>, reserved: RegExp): void {
  for (const [name, value] of Object.entries(headers)) {
    if (reserved.test(name)) throw new SyntaxError(`The header ${name} of ${option} belongs to the handshake itself`);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new SyntaxError(`The header ${JSON.stringify(name)} of ${option} can't be sent: see RFC 9110 §5.5`);
    }
  }
}
