/**
 * `JSON.stringify`, with an exception that says what to do.
 *
 * @throws TypeError where the value holds a BigInt, or itself, or is nothing that JSON knows.
 */
export function writeJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new TypeError(
      `data has no form in JSON (${cause.message}): send a BigInt as a string, and nothing that holds itself`,
      { cause },
    );
  }
  if (text === undefined) throw new TypeError(`data has no form in JSON: it is a ${typeof value}`);
  return text;
}
