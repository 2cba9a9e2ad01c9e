import { relative, sep } from 'node:path';
import { root } from '../setup/run.mjs';
import { judgeImport } from './judge.mjs';

const direction = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/');
    const judge = (node) => {
      // `export const x` has no source, and a computed import() cannot be judged.
      const source = node.source?.type === 'TSLiteralType' ? node.source.literal : node.source;
      if (typeof source?.value !== 'string') return;
      const message = judgeImport(file, source.value);
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: judge,
      ExportNamedDeclaration: judge,
      ExportAllDeclaration: judge,
      ImportExpression: judge,
      TSImportType: judge,
    };
  },
};

/** Shows in the editor what scripts/check-imports.mjs enforces in the build. */
export const importsPlugin = { rules: { direction } };
