import { describeCloseCode } from '@nestwire/contracts';
import type { ConnectionState } from './connection.js';
import { ClosedBy, describeClosedBy, type Ending } from './ending.js';
import { formatSpan } from './format-time.js';

export interface EndingElements {
  readonly panel: HTMLElement;
  readonly waiting: HTMLElement;
  readonly details: HTMLElement;
  readonly code: HTMLElement;
  readonly name: HTMLElement;
  readonly meaning: HTMLElement;
  readonly closedBy: HTMLElement;
  readonly reason: HTMLElement;
  readonly clean: HTMLElement;
  readonly openFor: HTMLElement;
}

/** How the connection ended, and who ended it; while there is one, that there is nothing to tell yet. */
export class EndingPanel {
  constructor(private readonly elements: EndingElements) {}

  onState(state: ConnectionState): void {
    const { panel, waiting, details } = this.elements;
    const ended = state.kind === 'closed';
    waiting.hidden = ended;
    details.hidden = !ended;
    if (ended) return this.show(state.ending);
    delete panel.dataset['closedBy'];
    waiting.textContent = state.kind === 'open' ? 'The connection is open. Its end will be told here.' : 'Nothing yet.';
  }

  private show(ending: Ending): void {
    const { panel, code, name, meaning, closedBy, reason, clean, openFor } = this.elements;
    const { closeCode, openForMs } = ending;
    const described = describeCloseCode(closeCode);
    panel.dataset['closedBy'] = ending.closedBy;
    code.textContent = String(closeCode);
    name.textContent = described.name;
    meaning.textContent = described.meaning;
    closedBy.textContent = describeClosedBy(ending);
    reason.textContent = ending.reason === '' ? 'none given' : ending.reason;
    reason.dataset['given'] = String(ending.reason !== '');
    clean.textContent = ending.wasClean ? 'yes, both ends said goodbye' : 'no';
    openFor.textContent = openForMs === undefined ? 'never' : formatSpan(openForMs);
  }
}

/** The end in one line, for the log. */
export function endingLine(ending: Ending): string {
  const { closeCode, reason, wasClean } = ending;
  const who = ending.closedBy === ClosedBy.Nobody ? describeClosedBy(ending) : `closed by ${describeClosedBy(ending)}`;
  const clean = wasClean ? 'clean' : 'not clean';
  return [
    who,
    `${String(closeCode)} ${describeCloseCode(closeCode).name}`,
    ...(reason ? [`“${reason}”`] : []),
    clean,
  ].join(' · ');
}
