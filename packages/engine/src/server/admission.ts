import { type HeaderLines, type Refusal, refuse } from '@nestwire/protocol';
import { type Caller, CallerResolver, type DirectPeer, type TrustedProxies } from './caller.js';
import { addressKey } from './address-key.js';
import { type HostOptions, HostPolicy } from './host-policy.js';
import { type OriginOptions, OriginPolicy } from './origin-policy.js';

export interface AdmissionOptions extends OriginOptions, HostOptions {
  /**
   * The proxies in front of this server, whose word is taken for the client's address, scheme and host.
   * @default none: the transport's other end is the client
   */
  readonly trustedProxies?: TrustedProxies;
}

export type AdmissionResult =
  | {
      readonly ok: true;
      readonly caller: Caller;
      /** Under what the client's address is counted; `undefined` where it is not known. */
      readonly countedAs: string | undefined;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** Who is calling, and whether they may: a valid handshake that is refused nevertheless. RFC 6455 §4.2.2, §10.2. */
export class Admission {
  private readonly callers: CallerResolver;
  private readonly hosts: HostPolicy;
  private readonly origins: OriginPolicy;

  constructor(options: AdmissionOptions) {
    this.callers = new CallerResolver(options.trustedProxies);
    this.hosts = new HostPolicy(options);
    this.origins = new OriginPolicy(options);
  }

  admit(peer: DirectPeer, headers: HeaderLines, isBoundToLoopback: () => boolean): AdmissionResult {
    const caller = this.callers.resolve(peer, headers);
    if (caller === undefined) return no(400, "The proxy's account of the client is malformed");
    const objection =
      this.hosts.objection(caller, isBoundToLoopback) ?? this.origins.objection(headers['origin'], caller);
    return objection === undefined ? { ok: true, caller, countedAs: this.countedAs(peer, caller) } : no(403, objection);
  }

  /** Not where there is no address, nor where it is only a listed proxy's: behind that are many. */
  private countedAs({ isBalancer }: DirectPeer, { remoteAddress }: Caller): string | undefined {
    if (remoteAddress === undefined || isBalancer === true || this.callers.isProxy(remoteAddress)) return undefined;
    return addressKey(remoteAddress);
  }
}

function no(status: number, reason: string): AdmissionResult {
  return { ok: false, refusal: refuse(status, reason) };
}
