/** A name with `*` for one or more labels or characters, or a regular expression that has to match all of it. */
export type NamePattern = string | RegExp;

/** @returns whether any pattern matches the whole name, whatever the case. */
export function matcherOf(patterns: readonly NamePattern[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) =>
    typeof pattern === 'string' ? wildcard(pattern) : new RegExp(`^(?:${pattern.source})$`, flagsOf(pattern)),
  );
  return (name) => expressions.some((expression) => expression.test(name));
}

/** Without `g` and `y`, which would remember where they were. */
function flagsOf(pattern: RegExp): string {
  return pattern.flags.replace(/[gy]/g, '');
}

function wildcard(pattern: string): RegExp {
  // No wildcard reaches beyond the name of the host: into a port, or over the end of the scheme.
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/:]+');
  return new RegExp(`^${escaped}$`, 'i');
}
