import type { TlsFacts } from './tls-facts.js';
import type { ConnectionRequest } from './ws-connection.js';

/** What of an opening handshake outlives it. */
export class RequestFacts implements ConnectionRequest {
  readonly path: string;
  readonly query: string;
  readonly host: string;
  readonly origin: string | undefined;
  readonly secure: boolean | undefined;
  readonly remoteAddress: string | undefined;
  readonly peerAddress: string | undefined;
  readonly tls: TlsFacts | undefined;

  readonly #countedAs: string | undefined;

  constructor(facts: Omit<ConnectionRequest, 'searchParams'>, countedAs?: string) {
    this.#countedAs = countedAs;
    this.path = facts.path;
    this.query = facts.query;
    this.host = facts.host;
    this.origin = facts.origin;
    this.secure = facts.secure;
    this.remoteAddress = facts.remoteAddress;
    this.peerAddress = facts.peerAddress;
    this.tls = facts.tls;
  }

  /** @internal Under what its address is counted, see `addressKey`; `undefined` where it is not. */
  get countedAs(): string | undefined {
    return this.#countedAs;
  }

  get searchParams(): URLSearchParams {
    return new URLSearchParams(this.query);
  }
}
