import { ourClient, wsClient } from './client-target.js';
import { ourServer, wsServer } from './server-target.js';
import type { Target, TargetName } from './target.js';

/** Brings up what is tested. */
export function openTarget(name: TargetName): Promise<Target> {
  switch (name) {
    case 'server':
      return ourServer();
    case 'client':
      return ourClient();
    case 'ws-server':
      return wsServer();
    case 'ws-client':
      return wsClient();
  }
}
