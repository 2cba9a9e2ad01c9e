import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A source with one check less. */
export interface Mutation {
  /** From the repository's root. */
  readonly file: string;
  readonly line: number;
  /** The check that is gone, as it stands in the source. */
  readonly check: string;
  /** The whole source without it. */
  readonly mutated: string;
}

/** Where the rules are. */
const RULES = [
  'packages/protocol/src/frame/frame-parser.ts',
  'packages/protocol/src/frame/header-rules.ts',
  'packages/protocol/src/frame/close-body.ts',
  'packages/protocol/src/handshake/request.ts',
  'packages/protocol/src/handshake/client-request.ts',
  'packages/protocol/src/handshake/client-response.ts',
  'packages/protocol/src/handshake/extensions.ts',
  'packages/protocol/src/deflate/parameters.ts',
  'packages/protocol/src/deflate/negotiate.ts',
  'packages/engine/src/connection/close-frame.ts',
  'packages/engine/src/connection/memory-budget.ts',
  'packages/engine/src/deflate/deflate-options.ts',
  'packages/engine/src/deflate/message-inflater.ts',
];

/** What follows a check that refuses something. */
const REFUSAL = /\bthis\.fail\(|\breturn no\(|\bthrow new\b|\bViolation\.|\breturn undefined\b|\bonOverBudget\(/;

/** Questions that refuse nothing: without them the same comes out, by a longer way. */
const NO_RULES = new Set([
  // Nothing on the main thread that is long work: it goes to the thread pool.
  'payload.length > SYNC_OUTPUT_BYTES || !spendSyncBudget(payload.length)',
  'isOverLimit(error) && ceiling < this.maxMessageBytes',
  // Off.
  'options === undefined || options === false',
]);

/** Rules that are no `if` of their own. */
const REWRITES: readonly { readonly file: string; readonly from: string; readonly to: string }[] = [
  // RFC 7692 §6: RSV1 on the first frame alone, and only where it was agreed upon.
  {
    file: 'packages/protocol/src/frame/header-rules.ts',
    from: ' && (opcode === Opcode.Text || opcode === Opcode.Binary)',
    to: '',
  },
  { file: 'packages/protocol/src/frame/frame-parser.ts', from: 'this.settings.compression && ', to: '' },
  // §8.1: the reason of a close frame fails before the frame is whole.
  {
    file: 'packages/protocol/src/frame/frame-parser.ts',
    from: '} else if (split.frameOpcode === Opcode.Close) {',
    to: '} else if (false) {',
  },
  // §8.1: UTF-8 is followed over fragments.
  {
    file: 'packages/protocol/src/frame/unfinished.ts',
    from: '!ascii || this.messageUtf8 !== UTF8_ACCEPT',
    to: '!ascii',
  },
  // §5.3: the key goes on where the last chunk ended.
  {
    file: 'packages/protocol/src/frame/unfinished.ts',
    from: 'rotateMaskingKey(this.frameKey, this.frameReceived)',
    to: 'this.frameKey',
  },
  // What is announced is not reserved.
  {
    file: 'packages/protocol/src/frame/message-buffer.ts',
    from: 'Math.min(this.announced, FIRST_RESERVATION_BYTES)',
    to: 'this.announced',
  },
  // §7.4.1: who may send what.
  { file: 'packages/protocol/src/close-code.ts', from: 'return role === Role.Client;', to: 'return true;' },
  { file: 'packages/protocol/src/close-code.ts', from: 'return role === Role.Server;', to: 'return true;' },
  { file: 'packages/protocol/src/close-code.ts', from: 'return code <= 4999', to: 'return true' },
  {
    file: 'packages/protocol/src/close-code.ts',
    from: 'code >= 1007 && code <= 1014',
    to: 'code >= 1004 && code <= 1014',
  },
  // §4.2.2
  { file: 'packages/protocol/src/handshake/accept-key.ts', from: '{22}', to: '+' },
  // RFC 7692 §7: the limit holds while inflating, and takeover is as agreed.
  { file: 'packages/engine/src/deflate/message-inflater.ts', from: 'Math.max(1, room)', to: 'bufferLimits.MAX_LENGTH' },
  { file: 'packages/engine/src/deflate/message-inflater.ts', from: 'if (options.contextTakeover)', to: 'if (true)' },
  { file: 'packages/engine/src/deflate/deflate-codec.ts', from: '!agreement.serverNoContextTakeover', to: 'true' },
  { file: 'packages/engine/src/deflate/deflate-codec.ts', from: '!agreement.clientNoContextTakeover', to: 'true' },
  { file: 'packages/engine/src/connection/connection.ts', from: '!isUtf8(bytes)', to: 'false' },
  // §5.1: a client masks.
  {
    file: 'packages/engine/src/connection/sending-half.ts',
    from: 'settings.parser.role === Role.Client, deflate',
    to: 'false, deflate',
  },
  // §5.5.1: a close frame is answered; §7.1.1: the server ends TCP first; data after a close is ignored.
  {
    file: 'packages/engine/src/connection/closing-half.ts',
    from: 'if (this.settings.parser.role === Role.Server) this.socket.end();',
    to: '',
  },
  {
    file: 'packages/protocol/src/frame/frame-parser.ts',
    from: '        this.stop();\n        if (start === end)',
    to: '        if (start === end)',
  },
];

/** Every check of the rules, taken away one at a time. */
export function mutationsOf(root: string): Mutation[] {
  return [
    ...RULES.flatMap((file) => withoutEachCheck(root, file)),
    ...REWRITES.map((rewrite) => rewritten(root, rewrite)),
  ];
}

function withoutEachCheck(root: string, file: string): Mutation[] {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutations: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) && REFUSAL.test(node.thenStatement.getText())) {
      const { expression } = node;
      const check = expression.getText();
      if (!NO_RULES.has(check)) {
        const mutated = `${text.slice(0, expression.getStart())}false && (${check})${text.slice(expression.getEnd())}`;
        mutations.push({ file, line: lineOf(text, expression.getStart()), check, mutated });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutations;
}

function rewritten(root: string, { file, from, to }: (typeof REWRITES)[number]): Mutation {
  const text = readFileSync(join(root, file), 'utf8');
  const at = text.indexOf(from);
  if (at === -1) throw new Error(`${file} no longer has ${from}: mend the table of mutations`);
  const mutated = text.slice(0, at) + to + text.slice(at + from.length);
  return { file, line: lineOf(text, at), check: from.trim(), mutated };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
