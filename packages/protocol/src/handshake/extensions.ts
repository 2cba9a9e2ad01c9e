import { isToken } from './headers.js';

/** One extension of a `Sec-WebSocket-Extensions` list, offered or accepted. RFC 6455 §9.1. */
export interface Extension {
  readonly name: string;
  /** In the order in which they stand; one may stand twice, which its extension has to judge. */
  readonly parameters: readonly ExtensionParameter[];
}

export interface ExtensionParameter {
  readonly name: string;
  /** `true` where the parameter stands without a value. */
  readonly value: string | true;
}

/** A token, a quoted string, or a separator, behind any white space. */
const LEXEME = /[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[^"\\]|\\.)*)"|([;,=]))[ \t]*/y;

type Lexeme = { readonly kind: 'token' | 'quoted' | ';' | ',' | '='; readonly text: string };

/**
 * Reads the lines of a `Sec-WebSocket-Extensions` field: `extension-list = 1#extension`, where `extension` is
 * `token *( ";" token [ "=" ( token | quoted-string ) ] )`, and "the value after quoted-string unescaping MUST conform to the
 * 'token' ABNF". RFC 6455 §9.1.
 *
 * @returns the extensions, in order of preference; `undefined` where the field does not follow the grammar: then "the
 * recipient of such malformed data MUST immediately _Fail the WebSocket Connection_".
 */
export function parseExtensions(lines: readonly string[] | undefined): readonly Extension[] | undefined {
  const extensions: Extension[] = [];
  for (const line of lines ?? []) {
    const lexemes = scan(line);
    if (lexemes === undefined) return undefined;
    let at = 0;
    while (at < lexemes.length) {
      if (lexemes[at]?.kind === ',') {
        at++;
        continue;
      }
      const name = lexemes[at++];
      if (name?.kind !== 'token') return undefined;
      const parameters: ExtensionParameter[] = [];
      while (lexemes[at]?.kind === ';') {
        const parameter = lexemes[at + 1];
        if (parameter?.kind !== 'token') return undefined;
        at += 2;
        if (lexemes[at]?.kind !== '=') {
          parameters.push({ name: parameter.text, value: true });
          continue;
        }
        const value = lexemes[at + 1];
        if (value === undefined || !isToken(value.text) || !['token', 'quoted'].includes(value.kind)) return undefined;
        parameters.push({ name: parameter.text, value: value.text });
        at += 2;
      }
      if (at < lexemes.length && lexemes[at]?.kind !== ',') return undefined;
      extensions.push({ name: name.text, parameters });
    }
  }
  return extensions;
}

/** An extension as it stands in the field. */
export function serializeExtension({ name, parameters }: Extension): string {
  return [name, ...parameters.map(({ name: key, value }) => (value === true ? key : `${key}=${value}`))].join('; ');
}

function scan(line: string): readonly Lexeme[] | undefined {
  const lexemes: Lexeme[] = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < line.length) {
    const match = LEXEME.exec(line);
    if (match === null) return undefined;
    const [, token, quoted, separator] = match;
    if (token !== undefined) lexemes.push({ kind: 'token', text: token });
    else if (quoted !== undefined) lexemes.push({ kind: 'quoted', text: quoted.replace(/\\(.)/g, '$1') });
    else lexemes.push({ kind: separator as ';' | ',' | '=', text: String(separator) });
  }
  return lexemes;
}
