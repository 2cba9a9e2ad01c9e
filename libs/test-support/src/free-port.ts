import { createServer } from 'node:net';

/** Below what the common systems hand out by themselves: a port that is free now stays so while connections come and go. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port that nobody listens on, for a process that can't be given port 0, or must come back to the one that it had. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port, host)) return port;
  }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
