import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeNginxConfiguration } from './nginx-configuration.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nestwire-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const site = 'tls-termination';

async function text(...names: string[]): Promise<string> {
  return readFile(join(directory, ...names), 'utf8');
}

describe("The documented configuration, with another machine's values", () => {
  it('is what the documents say, but for the edits', async () => {
    const edits = { '127.0.0.1:9002': '127.0.0.1:1234' };
    await writeNginxConfiguration(directory, { site, edits }, {});
    const documented = async (...names: string[]) => readFile(join(process.cwd(), 'docs', 'nginx', ...names), 'utf8');
    for (const name of ['nginx.conf', 'websocket-proxy.conf']) expect(await text(name)).toBe(await documented(name));
    expect((await text('sites', `${site}.conf`)).replace('127.0.0.1:1234', '127.0.0.1:9002')).toBe(
      await documented('sites', `${site}.conf`),
    );
  });

  it('has one site at a time', async () => {
    await writeNginxConfiguration(directory, { site: 'balancer' }, {});
    await writeNginxConfiguration(directory, { site }, {});
    await expect(text('sites', 'balancer.conf')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses an edit of what is not there', async () => {
    const edits = { 'worker_shutdown_timeout 11m': '' };
    await expect(writeNginxConfiguration(directory, { site, edits }, {})).rejects.toThrow(
      'worker_shutdown_timeout 11m',
    );
  });
});
