import { codeOf, describeError } from './describe-error.js';
import { HandshakeError } from './handshake-error.js';

const NOT_TRUSTED = 'trust its authority by the option tls.ca';
const NO_TLS = 'it may speak no TLS on this port: is it ws:?';
const NO_VERSION = 'see tls.minVersion and tls.maxVersion, here and there';
const CERTIFICATE_WANTED = "it wants a client's certificate: give the options tls.cert and tls.key";
const CERTIFICATE_REFUSED = 'it does not accept the certificate in tls.cert';

/** What to do about it, by Node's and OpenSSL's names. */
const ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has to be renewed',
  CERT_NOT_YET_VALID: 'its certificate is of the future: is the clock right, here and there?',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for other names: ask by one of them, or give the option tls.servername',
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_VERSION,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_VERSION,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    "no cipher in common, see tls.ciphers; or it wants a client's certificate: tls.cert and tls.key",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CERTIFICATE_WANTED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CERTIFICATE_REFUSED,
};

/** A TLS handshake with the server that failed: 1015. RFC 6455 §7.4.1. */
export function tlsFailure(server: string, cause: Error): HandshakeError {
  const advice = ADVICE[codeOf(cause)];
  const message = `No TLS with ${server}: ${describeError(cause)}${advice === undefined ? '' : ` (${advice})`}`;
  return new HandshakeError(message, { reason: 'tls', cause });
}

/**
 * Whether an error that comes behind the TLS handshake belongs to it: with TLS 1.3 a client has finished before its server looks at the
 * client's certificate, and hears of that by an alert.
 */
export function isTlsAlert(error: Error): boolean {
  return /^ERR_SSL_.*_ALERT_|^EPROTO$/.test(codeOf(error));
}
