/**
 * The subprotocol of a connection: the first of the client's, in its order of preference, that the server knows;
 * `undefined` for none, which "is … not the same as an empty string". RFC 6455 §4.2.2, §1.9.
 */
export function selectSubprotocol(offered: readonly string[], known: readonly string[]): string | undefined {
  return offered.find((subprotocol) => known.includes(subprotocol));
}
