import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateAndKey } from './certificates.js';

/** The documented files, from the repository's root, where Jest runs. */
const DOCUMENTED = join(process.cwd(), 'docs', 'nginx');

/** What a user of the documented files would edit, and what stands there instead; each MUST occur. */
export type NginxEdits = Readonly<Record<string, string>>;

/** An nginx with the documented configuration: which files, and what is another machine's in them. */
export interface NginxSite {
  /** A name in docs/nginx/sites; or in docs/nginx, of a file that takes the place of nginx.conf. */
  readonly site: string;
  readonly edits?: NginxEdits;
}

/**
 * Without these, a worker's temporary files are where its distribution wants them, which only root can write to. They are one more
 * file in sites/, so that the documented ones stay as they are.
 */
const TEMPORARY_FILES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path temporary/${name};\n`)
  .join('');

/**
 * Puts the documented files into a directory, as a user would into /etc/nginx.
 *
 * @param edits - for all files, the site's own besides.
 * @throws Error for an edit of what stands in none of them: the documents and the specs would have parted.
 */
export async function writeNginxConfiguration(
  directory: string,
  { site, edits: own = {} }: NginxSite,
  edits: NginxEdits,
): Promise<void> {
  await rm(join(directory, 'sites'), { recursive: true, force: true });
  for (const name of ['sites', 'temporary']) await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'sites', 'temporary-files.conf'), TEMPORARY_FILES);
  const wanted = Object.entries({ ...edits, ...own });
  const unused = new Set(wanted.map(([documented]) => documented));
  for (const [name, source] of filesOf(site)) {
    let text = await readFile(join(DOCUMENTED, source), 'utf8');
    for (const [documented, ours] of wanted) {
      if (text.includes(documented)) unused.delete(documented);
      text = text.replaceAll(documented, () => ours);
    }
    await writeFile(join(directory, name), text);
  }
  if (unused.size > 0) throw new Error(`docs/nginx does not say ${[...unused].join(', ')}: edit what it says`);
}

/** Under which names nginx finds which of the documented files. */
function filesOf(site: string): readonly (readonly [name: string, source: string])[] {
  const whole = `${site}.conf`;
  if (existsSync(join(DOCUMENTED, whole))) return [['nginx.conf', whole]];
  return ['nginx.conf', 'websocket-proxy.conf', join('sites', whole)].map((name) => [name, name] as const);
}

/** Puts the certificate where the documented sites look for it. */
export async function writeNginxCertificate(directory: string, { cert, key }: CertificateAndKey): Promise<void> {
  const certificates = join(directory, 'certificates');
  await mkdir(certificates, { recursive: true });
  await writeFile(join(certificates, 'ws.example.com.pem'), cert);
  await writeFile(join(certificates, 'ws.example.com.key'), key, { mode: 0o600 });
}
