import type { PathPattern } from './path-pattern.js';

/** The paths of one port: a path belongs to one of them. Literal ones win, then the more specific pattern; the order in which they came is nothing to it. */
export class PathTable {
  private readonly literals = new Map<string, PathPattern>();
  private patterns: readonly PathPattern[] = [];

  /** @throws Error for a pattern that matches the same paths as another one. */
  add(pattern: PathPattern): void {
    if (pattern.isLiteral) {
      this.literals.set(pattern.text, pattern);
      return;
    }
    const twin = this.patterns.find(({ shape }) => shape === pattern.shape);
    if (twin !== undefined) {
      throw new Error(`${twin.text} and ${pattern.text} match the same paths: give both gateways the same one`);
    }
    this.patterns = [...this.patterns, pattern].sort((a, b) => a.compare(b));
  }

  /** Whose path this is; `undefined` for nobody's. */
  find(path: string): PathPattern | undefined {
    return this.literals.get(path) ?? this.patterns.find((pattern) => pattern.matches(path));
  }
}
