import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { X509Certificate } from '@peculiar/x509';

/** Where they are needed, and not before: they take 0.2 s, and most specs that use something of this library make no certificate. */
async function loadX509() {
  // It resolves its own classes by reflection, and asks for this first.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

type X509 = Awaited<ReturnType<typeof loadX509>>;

/** A certificate and its private key, in PEM. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

/** As node:tls takes it. */
export interface IssuedCertificate extends CertificateAndKey {
  /** Who vouches for it, in PEM: for the other end. */
  readonly ca: string;
}

export interface CertificateOptions {
  /**
   * The names (`*.example.com` too) and addresses of the server that it is for.
   * @default localhost, 127.0.0.1 and ::1
   */
  readonly hosts?: readonly string[];
  /**
   * Instead of a server's: the name of the client that it is for.
   * @default none
   */
  readonly client?: string;
  /** @default a day ago */
  readonly notBefore?: Date;
  /** @default in a day */
  readonly notAfter?: Date;
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const DAY_MS = 24 * 3600 * 1000;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * A certificate authority that lives as long as the spec. Its keys are on P-256, which are made in no time; nothing is written to a
 * disk, and nothing has to be renewed.
 *
 * ```ts
 * const authority = await CertificateAuthority.create();
 * const { key, cert, ca } = await authority.issue({ hosts: ['example.test'] });
 * ```
 */
export class CertificateAuthority {
  private constructor(
    private readonly certificate: X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {}

  static async create(name = 'Nestwire test authority'): Promise<CertificateAuthority> {
    const x509 = await loadX509();
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: commonName(name),
      notBefore: daysFromNow(-2),
      notAfter: daysFromNow(2),
      signingAlgorithm: CURVE,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new CertificateAuthority(certificate, keys);
  }

  /** Its own certificate, in PEM: what the other end trusts. */
  get cert(): string {
    return this.certificate.toString('pem');
  }

  async issue(options: CertificateOptions = {}): Promise<IssuedCertificate> {
    const x509 = await loadX509();
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...contents(x509, options),
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: CURVE,
    });
    return { cert: certificate.toString('pem'), key: await privateKey(x509, keys), ca: this.cert };
  }
}

/** A certificate that nobody vouches for but itself. */
export async function selfSignedCertificate(options: CertificateOptions = {}): Promise<IssuedCertificate> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const { subject, ...rest } = contents(x509, options);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...rest,
    name: subject,
    signingAlgorithm: CURVE,
    keys,
  });
  const cert = certificate.toString('pem');
  return { cert, key: await privateKey(x509, keys), ca: cert };
}

function contents(x509: X509, { hosts = LOOPBACK, client, notBefore, notAfter }: CertificateOptions) {
  const names = hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host }));
  return {
    subject: commonName(client ?? hosts[0] ?? 'nobody'),
    notBefore: notBefore ?? daysFromNow(-1),
    notAfter: notAfter ?? daysFromNow(1),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        client === undefined ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
      ]),
      ...(client === undefined ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  };
}

function commonName(name: string) {
  return [{ CN: [name] }];
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

async function privateKey(x509: X509, { privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}
