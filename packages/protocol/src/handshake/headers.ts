/**
 * Header fields as they came: names in lower case, one entry a field line. (Node's `headersDistinct` has this shape.)
 */
export type HeaderLines = Readonly<Record<string, readonly string[] | undefined>>;

/** `token` of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The members of a field that is a comma-separated list, over all its lines; empty members are no members. RFC 9110 §5.6.1. */
export function listMembers(lines: readonly string[] | undefined): string[] {
  if (lines === undefined) return [];
  return lines.flatMap((line) =>
    line
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== ''),
  );
}

/** Whether the list holds a token; "compared case-insensitively" for the fields that use this. */
export function listHas(lines: readonly string[] | undefined, token: string): boolean {
  if (lines === undefined) return false;
  for (const line of lines) {
    // What most say, word for word; and what is shorter than the token does not hold it.
    if (line === token) return true;
    if (line.length < token.length) continue;
    const lower = line.toLowerCase();
    if (lower === token) return true;
    if (lower.includes(token) && lower.split(',').some((member) => member.trim() === token)) return true;
  }
  return false;
}
