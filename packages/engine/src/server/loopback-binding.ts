import type { ListenAddress } from './listen-address.js';
import { isLoopback, normalizeAddress } from './proxy-addresses.js';

/** Where a socket was accepted; nowhere in particular, if it is one on a unix socket. */
interface LocalEnd {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Who listens, and where: the operating system is asked each time. */
interface Listening {
  readonly addresses: readonly ListenAddress[];
}

/** Whether a socket was accepted where only this machine's own programs can connect to. */
export function isBoundToLoopback(listening: Listening, { localAddress, localPort }: LocalEnd): boolean {
  if (localAddress === undefined) return false;
  const local = normalizeAddress(localAddress);
  return (
    isLoopback(local) &&
    listening.addresses.some(
      (bound) => typeof bound === 'object' && bound.port === localPort && normalizeAddress(bound.address) === local,
    )
  );
}
