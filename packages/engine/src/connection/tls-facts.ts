import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What is known of the TLS session that a connection runs in. */
export interface TlsFacts {
  /** `TLSv1.3`, `TLSv1.2`. */
  readonly protocol: string | undefined;
  /** The name that the client asked for (SNI, RFC 6066 §3); `undefined` where it asked for none. */
  readonly servername: string | undefined;
  /** What was agreed upon by ALPN (RFC 7301); `undefined` for nothing. */
  readonly alpnProtocol: string | undefined;
  /**
   * The peer's certificate: a server's, or that of a client which was asked for one and has sent it. Whether it is worth anything is
   * told by {@link TlsFacts.authorized}.
   */
  readonly peerCertificate: X509Certificate | undefined;
  /** Whether the peer's certificate was asked for and has been verified against the certificate authorities. */
  readonly authorized: boolean;
  /** Why it was not, as OpenSSL's name for it, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly authorizationError: string | undefined;
}

/** To be read when the session has just been set up: a socket that is gone has forgotten them. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const peerCertificate = socket.getPeerX509Certificate();
  return {
    protocol: socket.getProtocol() ?? undefined,
    servername: told(socket.servername),
    alpnProtocol: told(socket.alpnProtocol),
    peerCertificate,
    authorized: socket.authorized,
    authorizationError: peerCertificate === undefined ? undefined : errorName(socket.authorizationError),
  };
}

function told(name: string | false | null | undefined): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Node documents an Error and gives its code. */
function errorName(error: unknown): string | undefined {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return typeof error === 'string' ? error : undefined;
}
