import { describeCloseCode } from '@nestwire/contracts';
import type { Connection, ConnectionState } from './connection.js';
import { formatTime } from './format-time.js';

const NORMAL_CLOSURE = 1000;

export interface ConnectionElements {
  readonly form: HTMLFormElement;
  readonly url: HTMLInputElement;
  readonly hint: HTMLElement;
  readonly connect: HTMLButtonElement;
  readonly close: HTMLButtonElement;
  readonly status: HTMLElement;
}

/** Where the connection is opened and closed, and its state told. */
export class ConnectionPanel {
  constructor(
    private readonly elements: ConnectionElements,
    private readonly connection: Connection,
  ) {
    const { form, url, close } = elements;
    url.value = ownUrl();
    url.addEventListener('input', () => this.showHint(''));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.connect();
    });
    close.addEventListener('click', () => connection.close(NORMAL_CLOSURE));
    this.onState(connection.state);
  }

  /** Connects to what the address field says, unless there is a connection. */
  connect(): void {
    this.showHint('');
    try {
      this.connection.connect(this.elements.url.value.trim());
    } catch {
      this.showHint('A WebSocket address begins with ws:// or wss:// and has no #.');
    }
  }

  onState(state: ConnectionState): void {
    const { connect, close, url, status } = this.elements;
    const isUp = state.kind === 'open' || state.kind === 'connecting';
    connect.disabled = isUp || state.kind === 'closing';
    close.disabled = !isUp;
    url.readOnly = connect.disabled;
    status.dataset['state'] = state.kind;
    status.textContent = describe(state);
  }

  private showHint(text: string): void {
    const { hint, url } = this.elements;
    hint.textContent = text;
    hint.hidden = text === '';
    url.ariaInvalid = String(text !== '');
  }
}

function describe(state: ConnectionState): string {
  switch (state.kind) {
    case 'idle':
      return 'Not connected';
    case 'connecting':
      return 'Connecting…';
    case 'open':
      return `Open since ${formatTime(state.since).slice(0, 8)}`;
    case 'closing':
      return 'Closing…';
    case 'closed':
      return `Closed: ${String(state.ending.closeCode)} ${describeCloseCode(state.ending.closeCode).name}`;
    default:
      return state satisfies never;
  }
}

/** The sample's gateways are where the page came from. */
function ownUrl(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/`;
}
