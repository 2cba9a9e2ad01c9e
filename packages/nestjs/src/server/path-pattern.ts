import { match, type MatchFunction, parse, pathToRegexp, type Token } from 'path-to-regexp';

/** What a pattern's parameters and wildcards have matched, decoded; a wildcard gives a list of segments. */
export type PathParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Of a literal path. */
export const NO_PARAMS: PathParams = Object.freeze(Object.create(null) as PathParams);

/** A literal path has none of these; only then is the library asked what the text means. */
const SPECIAL = /[:*{]/;

/** How much a segment leaves open: nothing, a part, all of it, or any number of segments. */
const Openness = { Text: 0, Mixed: 1, Param: 2, MixedWildcard: 3, Wildcard: 4 } as const;

/** A gateway's path: literal, or with parameters (`/rooms/:room`), wildcards (`/files/*path`) and optional parts (`/a{/:b}`). */
export class PathPattern {
  /** Whether it is compared as it stands. */
  readonly isLiteral: boolean;
  /** Two patterns of the same shape match the same paths, whatever their parameters are called. */
  readonly shape: string;
  private readonly regexp: RegExp | undefined;
  private readonly matchPath: MatchFunction<Record<string, string | string[]>> | undefined;
  private readonly openness: readonly number[];

  /** @throws Error of `path-to-regexp` for a pattern that is none. */
  constructor(readonly text: string) {
    this.isLiteral = !SPECIAL.test(text);
    if (this.isLiteral) {
      this.shape = text;
      this.openness = [];
      return;
    }
    const options = { sensitive: true, trailing: false };
    this.regexp = pathToRegexp(text, options).regexp;
    this.matchPath = match(text, options);
    this.shape = this.regexp.source;
    this.openness = opennessOf(text);
  }

  /** Whether this is such a path; as sent, percent-encoding included. */
  matches(path: string): boolean {
    return this.regexp === undefined ? path === this.text : this.regexp.test(path);
  }

  /** What stands in the path for the parameters; `undefined` where its percent-encoding is malformed. */
  paramsOf(path: string): PathParams | undefined {
    if (this.matchPath === undefined) return NO_PARAMS;
    try {
      const result = this.matchPath(path);
      return result === false ? NO_PARAMS : result.params;
    } catch (error) {
      if (error instanceof URIError || (error as Error).name === 'URIError') return undefined;
      throw error;
    }
  }

  /** Less than 0 where this is the more specific one: segment by segment, text before parameters before wildcards. */
  compare(other: PathPattern): number {
    const length = Math.max(this.openness.length, other.openness.length);
    for (let i = 0; i < length; i++) {
      // What has a segment more asks for more.
      const difference = (this.openness[i] ?? 5) - (other.openness[i] ?? 5);
      if (difference !== 0) return difference;
    }
    const longer = other.text.length - this.text.length;
    return longer !== 0 ? longer : this.text < other.text ? -1 : 1;
  }
}

/** How open each segment of a pattern is; an optional part counts as if it were there. */
function opennessOf(text: string): number[] {
  const segments: Token[][] = [[]];
  const walk = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === 'group') walk(token.tokens);
      else if (token.type !== 'text') segments.at(-1)?.push(token);
      else {
        const [first = '', ...others] = token.value.split('/');
        if (first !== '') segments.at(-1)?.push({ type: 'text', value: first });
        for (const value of others) segments.push(value === '' ? [] : [{ type: 'text', value }]);
      }
    }
  };
  walk(parse(text).tokens);
  return segments.slice(1).map((segment) => {
    const hasText = segment.some(({ type }) => type === 'text');
    if (segment.some(({ type }) => type === 'wildcard')) return hasText ? Openness.MixedWildcard : Openness.Wildcard;
    if (segment.some(({ type }) => type === 'param')) return hasText ? Openness.Mixed : Openness.Param;
    return Openness.Text;
  });
}

/** A gateway's path as it is compared: it begins with a slash. */
export function normalizePath(path: string | undefined): string {
  if (path === undefined || path === '') return '/';
  return path.startsWith('/') ? path : `/${path}`;
}
