import { type Clock, HttpListener, type HttpListenerOptions } from '@nestwire/engine';

/** How gateways with a port of their own listen. */
export interface OwnPortsOptions extends Omit<HttpListenerOptions, 'clock'> {
  /** @default all addresses of this machine */
  readonly host?: string;
}

/** The ports of gateways that have some of their own: one HTTP server each, however many paths are on it. */
export class OwnPorts {
  private readonly listeners = new Map<number, HttpListener>();

  constructor(
    private readonly options: OwnPortsOptions = {},
    private readonly clock: Clock | undefined,
  ) {}

  /** The server of a port; it does not listen yet. */
  at(port: number): HttpListener {
    let listener = this.listeners.get(port);
    if (listener === undefined) {
      const { clock } = this;
      listener = new HttpListener({ ...this.options, ...(clock === undefined ? {} : { clock }) });
      this.listeners.set(port, listener);
    }
    return listener;
  }

  /**
   * Listens on all of them.
   *
   * @throws Error that names the port, with the operating system's as its cause; then none is listened on any longer.
   */
  async listen(): Promise<void> {
    try {
      for (const [port, listener] of this.listeners) await this.listenOn(port, listener);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const listeners = [...this.listeners.values()];
    this.listeners.clear();
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  private async listenOn(port: number, listener: HttpListener): Promise<void> {
    const { host } = this.options;
    try {
      if (host !== undefined) await listener.listen({ port, host });
      else await listenOnAll(port, listener);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const why = code === 'EADDRINUSE' ? 'it is in use already' : message;
      throw new Error(`A gateway's port ${String(port)} can't be listened on: ${why}`, { cause });
    }
  }
}

/** Both families, where the machine has both. */
async function listenOnAll(port: number, listener: HttpListener): Promise<void> {
  try {
    await listener.listen({ port, host: '::' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    await listener.listen({ port, host: '0.0.0.0' });
  }
}
