import type { Caller } from './caller.js';
import { matcherOf, type NamePattern } from './name-patterns.js';
import { isLoopback } from './proxy-addresses.js';

export interface HostOptions {
  /**
   * The names, without port, by which this server may be asked for: `api.example.com`, `*.example.com`, regular expressions; or a
   * question that decides alone. A server that is bound to loopback is asked for as `localhost` or a loopback address besides.
   * @default any name; bound to loopback, no other: a page whose name is made to point there would pass for the server's own (DNS
   * rebinding)
   */
  readonly hosts?: readonly NamePattern[] | ((hostname: string) => boolean);
}

/** By which names a server may be asked for. */
export class HostPolicy {
  private readonly listed: ((hostname: string) => boolean) | undefined;
  private readonly decidesAlone: boolean;

  constructor({ hosts }: HostOptions) {
    this.decidesAlone = typeof hosts === 'function';
    this.listed = typeof hosts === 'function' ? hosts : hosts && matcherOf(hosts);
  }

  /**
   * Why the server may not be asked for by this name, or `undefined` where it may.
   *
   * @param isBoundToLoopback - whether only this machine's own programs can connect to where it was asked: a question to the operating
   * system, and not asked where the answer makes no difference.
   */
  objection({ host, forwarded }: Caller, isBoundToLoopback: () => boolean): string | undefined {
    const hostname = host.replace(/:\d*$/, '').toLowerCase();
    if (this.listed?.(hostname) === true) return undefined;
    if (this.decidesAlone) return OBJECTION;
    if (this.listed !== undefined) return isLoopbackName(hostname) && isBoundToLoopback() ? undefined : OBJECTION;
    // A listed proxy is no browser that was led here by a name: its clients ask for the name that it serves.
    return forwarded || isLoopbackName(hostname) || !isBoundToLoopback() ? undefined : OBJECTION;
  }
}

const OBJECTION = 'This server may not be asked for by this Host';

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopback(hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
}
