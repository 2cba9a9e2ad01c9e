import { X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import {
  checkServerIdentity,
  type ConnectionOptions,
  createSecureContext,
  DEFAULT_MAX_VERSION,
  DEFAULT_MIN_VERSION,
  type PeerCertificate,
} from 'node:tls';
import { describeError } from './describe-error.js';

/** What of `node:tls`'s options says where to go: the URL's to say. */
const WHERE = ['host', 'port', 'path', 'socket'] as const;

/** What `tls.connect` of `node:tls` takes, but for where it goes. */
export type ClientTlsOptions = Omit<ConnectionOptions, (typeof WHERE)[number]>;

/**
 * Reads keys, certificates and ciphers before anything is opened for them: what is wrong with them is the caller's mistake, not the
 * server's.
 *
 * @throws TypeError for what TLS can't use.
 */
export function resolveTls(option: string, options: ClientTlsOptions = {}): ClientTlsOptions {
  const where = WHERE.find((name) => name in options);
  if (where !== undefined) throw new TypeError(`${option}.${where} is not for you to set: the URL says where to go`);
  const { servername } = options;
  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in 'HostName'."
  if (servername !== undefined && isIP(servername) !== 0) {
    throw new TypeError(`${option}.servername is an address: give a name, or '' for none`);
  }
  const { minVersion = DEFAULT_MIN_VERSION, maxVersion = DEFAULT_MAX_VERSION } = options;
  if (minVersion > maxVersion)
    throw new TypeError(`${option}: there is no version from ${minVersion} to ${maxVersion}`);
  try {
    return {
      ...options,
      checkServerIdentity: options.checkServerIdentity ?? checkIdentity,
      secureContext: options.secureContext ?? createSecureContext(options),
    };
  } catch (cause) {
    throw new TypeError(`TLS can't use ${option}: ${describeError(cause)}`, { cause });
  }
}

/** What is asked for by SNI: the host's name "without a trailing dot", and nothing for an address. RFC 6066 §3. */
export function serverName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, '') : '';
}

/**
 * Node's own check. Node 22.23 takes an IPv6 address for a name there and finds it in no certificate (24.21 does not): OpenSSL is asked
 * once more then.
 */
function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const error = checkServerIdentity(host, certificate);
  if (error === undefined || !isIPv6(host)) return error;
  return new X509Certificate(certificate.raw).checkIP(host) === undefined ? error : undefined;
}
