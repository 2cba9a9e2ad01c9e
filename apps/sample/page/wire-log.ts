import type { ConnectionState } from './connection.js';
import { endingLine } from './ending-panel.js';
import type { Log, LogEntry } from './log.js';
import { nameOfCode } from './sample-envelope.js';

const MAX_BYTES_SHOWN = 24;

/** Writes what happens on the connection into the log. */
export class WireLog {
  constructor(private readonly log: Log) {}

  onState(state: ConnectionState): void {
    switch (state.kind) {
      case 'idle':
      case 'closing':
        return;
      case 'connecting':
        return this.log.add({ direction: 'event', text: `connecting to ${state.url}`, at: state.askedAt });
      case 'open':
        return this.log.add({ direction: 'event', text: 'open', tone: 'good' });
      case 'closed':
        return this.log.add({
          direction: 'event',
          text: endingLine(state.ending),
          tone: state.ending.wasClean ? 'plain' : 'error',
        });
      default:
        return state satisfies never;
    }
  }

  onSent(message: string | Uint8Array): void {
    this.log.add({ direction: 'out', ...describe(message) });
  }

  onReceived(message: string | Uint8Array): void {
    const tone = typeof message === 'string' && holdsError(message) ? 'error' : 'plain';
    this.log.add({ direction: 'in', tone, ...describe(message) });
  }
}

function describe(message: string | Uint8Array): Pick<LogEntry, 'text' | 'label'> {
  if (typeof message === 'string') return { text: message, label: nameOfCode(message) };
  const shown = [...message.subarray(0, MAX_BYTES_SHOWN)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const more = message.length > MAX_BYTES_SHOWN ? ' …' : '';
  return { text: `${shown}${more}`, label: `${String(message.length)} bytes, binary` };
}

function holdsError(message: string): boolean {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null && 'error' in value;
  } catch {
    return false;
  }
}
