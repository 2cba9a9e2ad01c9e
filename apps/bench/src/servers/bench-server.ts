import type { Compression } from '../messages/message-ring.js';
import type { MessageForm, MessageShape } from '../messages/message-shape.js';

/** What a server is to do, and with what; each does it in the way that its own documentation shows. */
export interface ServerTask {
  /**
   * `echo`: every message goes back. `broadcast`: every message goes to all. `gateways`: a Nest application whose gateway sends `data`
   * back; from the controls, an echo.
   */
  readonly app: 'echo' | 'broadcast' | 'gateways';
  readonly compression: Compression;
  /** Key and certificate, in PEM. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Of the Nest application: how many gateways, and how many handlers each has. */
  readonly gateways?: number | undefined;
  readonly handlers?: number | undefined;
  /** What will be sent: for the control, whose answers are ready. */
  readonly canned?: { readonly shape: MessageShape; readonly burst: number } | undefined;
}

export interface StartedServer {
  readonly port: number;
  /** Ends it; connections as well. */
  close(): Promise<void> | void;
}

/** Ours, a peer, or a control that shows the floor. */
export interface BenchServer {
  /** On 127.0.0.1, on a port that is free. */
  start(task: ServerTask): Promise<StartedServer>;
}

/** What messages to a gateway look like, from what Nest puts in front of the method. */
export type Gatekeepers = 'plain' | 'guarded' | 'intercepted';

export type GatewayForm = (gatekeepers: Gatekeepers) => MessageForm;
