import type { BenchServer, GatewayForm } from './bench-server.js';

export type ServerName = 'engine' | 'nestwire' | 'ws' | 'uws' | 'platform-ws' | 'platform-socket.io' | 'canned';

export interface ServerEntry {
  readonly title: string;
  readonly role: 'ours' | 'peer' | 'control';
  readonly path: string;
  readonly socketIo: boolean;
  readonly gatewayForm: GatewayForm;
  readonly load: () => Promise<BenchServer>;
}

const CODES = { plain: 1001, guarded: 1002, intercepted: 1003 } as const;
const envelope: GatewayForm = (gatekeepers) => ({ kind: 'envelope', code: CODES[gatekeepers] });

const BARE = { path: '/', socketIo: false, gatewayForm: envelope } as const;

/** All that is measured. Each is loaded in its own process only, so that no other's code is in it. */
export const SERVERS: Readonly<Record<ServerName, ServerEntry>> = {
  engine: {
    ...BARE,
    title: 'Nestwire engine',
    role: 'ours',
    load: async () => (await import('./engine.js')).engine,
  },
  nestwire: {
    ...BARE,
    title: 'Nestwire',
    role: 'ours',
    load: async () => (await import('./nestwire.js')).nestwire,
  },
  ws: { ...BARE, title: 'ws', role: 'peer', load: async () => (await import('./ws.js')).ws },
  uws: { ...BARE, title: 'uWebSockets.js', role: 'peer', load: async () => (await import('./uws.js')).uws },
  'platform-ws': {
    path: '/',
    socketIo: false,
    gatewayForm: (event) => ({ kind: 'event', event }),
    title: 'platform-ws',
    role: 'peer',
    load: async () => (await import('./platform-ws.js')).platformWs,
  },
  'platform-socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    socketIo: true,
    gatewayForm: (event) => ({ kind: 'socket.io', event }),
    title: 'platform-socket.io',
    role: 'peer',
    load: async () => (await import('./platform-socket-io.js')).platformSocketIo,
  },
  canned: {
    ...BARE,
    title: 'canned replies',
    role: 'control',
    load: async () => (await import('./canned.js')).canned,
  },
};

export const SERVER_NAMES = Object.keys(SERVERS) as ServerName[];
