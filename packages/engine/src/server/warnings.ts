import type { Server as HttpServer } from 'node:http';

/** What a peer can provoke must not flood a log, and what fails must not fail in silence. */
export function warnOnce(): (error: unknown) => void {
  let told = false;
  return (error) => {
    if (told) return;
    told = true;
    process.emitWarning(
      `onHandshake failed, and the client got a 500: ${String(error)}. Set onHandshakeError to hear of all`,
      {
        code: 'NESTWIRE_HANDSHAKE_FAILED',
      },
    );
  };
}

let warned = false;

/** Once: on a shared server the time for a handshake is its owner's to bound. */
export function warnIfUnbounded({ headersTimeout, requestTimeout }: HttpServer): void {
  if (warned || headersTimeout > 0 || requestTimeout > 0) return;
  warned = true;
  process.emitWarning('A shared HTTP server gives its clients all the time in the world: set its headersTimeout', {
    code: 'NESTWIRE_UNBOUNDED_HANDSHAKE',
  });
}
