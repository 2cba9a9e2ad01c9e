/**
 * `JSON.stringify`, with an exception that says what to do.
 *
 * @throws TypeError where the value holds a BigInt, or itself.
 */
export function writeJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new TypeError(
      `data has no form in JSON (${cause.message}): send a BigInt as a string, and nothing that holds itself`,
      { cause },
    );
  }
}
