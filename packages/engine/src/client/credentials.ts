/**
 * What a URL's user information is as a header's value (RFC 7617), or `undefined` where it has none.
 *
 * @throws SyntaxError where it is not percent-encoded UTF-8, or "a user-id containing a colon"; without showing it.
 */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const user = decoded(username);
  // "The first colon in a user-pass string separates user-id and password from one another."
  if (user.includes(':')) throw new SyntaxError('The user of a URL must have no colon: Basic has no way to tell it');
  return `Basic ${Buffer.from(`${user}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SyntaxError('The user and password of a URL must be percent-encoded UTF-8');
  }
}
