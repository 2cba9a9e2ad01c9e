import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Attempt } from './attempt.js';
import { HandshakeError, KEPT_BODY_BYTES } from './handshake-error.js';

/**
 * The body of a refusal, or the beginning of it. What is known already is not lost because the rest does not come: when time is up,
 * there is the more of a reason to say what was refused.
 */
export async function keptBody(response: IncomingMessage, socket: Socket, attempt: Attempt): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const reading = attempt.step<void>(socket, (done) => {
    const tell = (): void => done();
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= KEPT_BODY_BYTES) tell();
    });
    response.on('end', tell).on('error', tell).on('close', tell);
    return () => response.removeAllListeners('data');
  });
  await reading.catch((error: unknown) => {
    if (!(error instanceof HandshakeError && error.reason === 'timeout')) throw error;
  });
  return Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString();
}
