import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A certificate and its private key, in PEM. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

const DAYS = 2;

/**
 * A certificate for `localhost` and 127.0.0.1 that vouches for itself. Node can read certificates, not make them: OpenSSL's command
 * does.
 */
export async function selfSignedCertificate(): Promise<CertificateAndKey> {
  const options = `-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -out - -days ${String(DAYS)}`;
  const names = '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1';
  const { stdout } = await promisify(execFile)('openssl', ['req', ...options.split(' '), ...names.split(' ')]);
  const certificateAt = stdout.indexOf('-----BEGIN CERTIFICATE');
  return { key: stdout.slice(0, certificateAt), cert: stdout.slice(certificateAt) };
}
