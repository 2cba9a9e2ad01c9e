import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { createGatewayApp } from './nest/gateway-app.js';

/*
 * npm run serve:gateway -- [--port 9010] [--gateways 1] [--handlers 2]
 *
 * A bare Nest application for outside tools. Code 1001 echoes `data`, 1002 the same behind a guard, 1003 behind guard, pipe and
 * interceptor. Each further gateway has so many handlers, with codes from 2000 on. Messages a second, and connections and handshakes
 * of one address are not limited, since a load generator is one; all else is as shipped, the 30 s of silence too.
 */

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9010' },
    gateways: { type: 'string', default: '1' },
    handlers: { type: 'string', default: '2' },
  },
});

const app = await createGatewayApp({ gateways: countOf('gateways', 1), handlers: countOf('handlers', 1) });
await app.listen(countOf('port', 0), '127.0.0.1');
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
console.log(`listening ws://127.0.0.1:${String(port)}/`);

let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopping ??= app.close().then(() => process.exit(0));
  });
}

function countOf(name: keyof typeof values, least: number): number {
  const count = Number(values[name]);
  if (!Number.isSafeInteger(count) || count < least) {
    throw new RangeError(`--${name} must be a whole number from ${String(least)}; it is ${values[name]}`);
  }
  return count;
}
