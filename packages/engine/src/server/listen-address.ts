import { connect, type AddressInfo, type Server as NetServer } from 'node:net';
import { lstat, unlink } from 'node:fs/promises';

/** A unix socket, or a named pipe of Windows. */
export interface UnixListenOptions {
  /**
   * The file. One that a server left behind, and that nobody listens on any longer, is replaced; with any other file there it is
   * EADDRINUSE.
   */
  readonly path: string;
  /**
   * Whether everybody on this machine may connect; else the owner and whoever the process's umask lets.
   * @default false
   */
  readonly everybody?: boolean;
}

export interface TcpListenOptions {
  /** @default any that is free; the answer says which */
  readonly port?: number;
  /** @default '127.0.0.1'; `::` for all addresses of this machine */
  readonly host?: string;
  /** @default 511 connections may wait to be accepted; the kernel's own limit holds besides */
  readonly backlog?: number;
}

export type ListenOptions = TcpListenOptions | UnixListenOptions;

/** Where a server listens: an address and a port, or the path of a unix socket. */
export type ListenAddress = AddressInfo | string;

/** @throws the operating system's error, such as EADDRINUSE or EACCES. */
export async function listenOn(server: NetServer, options: ListenOptions): Promise<ListenAddress> {
  if ('path' in options) await removeStale(options.path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      resolve();
    };
    if ('path' in options) {
      const { path, everybody = false } = options;
      server.listen({ path, readableAll: everybody, writableAll: everybody }, listening);
    } else {
      const { port = 0, host = '127.0.0.1', backlog = 511 } = options;
      server.listen({ port, host, backlog }, listening);
    }
  });
  return server.address() as ListenAddress;
}

/** A server that was killed leaves its socket behind, and could never start again. */
async function removeStale(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
  if (!isSocket) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
  if (refused) await unlink(path);
}
