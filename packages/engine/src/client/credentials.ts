/**
 * What a URL's user information is as a header's value (RFC 7617), or `undefined` where it has none.
 *
 * @throws SyntaxError where it is not percent-encoded UTF-8; without showing it.
 */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw new SyntaxError('The user and password of a URL must be percent-encoded UTF-8');
  }
}
