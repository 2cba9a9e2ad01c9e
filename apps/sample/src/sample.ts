import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestwireAdapter, type NestwireOptions } from '@nestwire/nestjs';

/** The page's own files, its compiled scripts, and the two packages that they import in the browser. */
const ASSETS = [
  { prefix: '/', folder: '../page/public' },
  { prefix: '/', folder: '../dist/page' },
  { prefix: '/modules/contracts', folder: '../../../libs/contracts/dist' },
  { prefix: '/modules/envelope', folder: '../../../packages/envelope/dist' },
];

/** What turns the module into the sample: gateways on Nestwire, and the page at `/`. */
export function configure(app: NestExpressApplication, options?: NestwireOptions): void {
  app.useWebSocketAdapter(new NestwireAdapter(app, options));
  for (const { prefix, folder } of ASSETS) {
    app.useStaticAssets(fileURLToPath(new URL(folder, import.meta.url)), { prefix });
  }
}
