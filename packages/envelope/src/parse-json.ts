/** How many arrays and objects may be in each other, the envelope itself included. Writing them takes a stack frame or two a level. */
export const MAX_JSON_DEPTH = 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * `JSON.parse` for what peers send.
 *
 * @returns undefined, which JSON has no form for, for what is no JSON, and for what is deeper than {@link MAX_JSON_DEPTH}: written back, or
 * walked by anybody's recursion, that would end in a stack overflow.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return mayBeTooDeep(text) && isTooDeep(text) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Each level takes two brackets, and most texts have far too few of them: to count them takes a fraction of what parsing does. */
function mayBeTooDeep(json: string): boolean {
  if (json.length <= 2 * MAX_JSON_DEPTH) return false;
  let opening = 0;
  for (const bracket of ['[', '{']) {
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1)) {
      if (++opening > MAX_JSON_DEPTH) return true;
    }
  }
  return false;
}

/** @param json - JSON. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(json, i);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_JSON_DEPTH) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return false;
}

/** Where the string that begins at `start` has its other quote: the next with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslash = end - 1;
    while (json.charCodeAt(backslash) === BACKSLASH) backslash--;
    if ((end - backslash) % 2 === 1) return end;
  }
}
