import { create } from './element.js';
import { formatTime } from './format-time.js';

export type Direction = 'out' | 'in' | 'event';

export type Tone = 'plain' | 'good' | 'error';

export interface LogEntry {
  readonly direction: Direction;
  readonly text: string;
  /** A name for what the text holds. */
  readonly label?: string | undefined;
  readonly tone?: Tone;
  /** When it began, in milliseconds on the page's monotonic clock. @default now */
  readonly at?: number;
}

const ARROWS: Readonly<Record<Direction, string>> = { out: '→', in: '←', event: '•' };
const SPOKEN: Readonly<Record<Direction, string>> = { out: 'sent', in: 'received', event: 'event' };

/** Older rows go, so that a page that stays open stays light. */
const MAX_ROWS = 500;

/** A longer text is cut; its row can be unfolded. */
const MAX_CHARACTERS = 180;

/** This close to the end, in pixels, the reader is at the end. */
const END_TOLERANCE = 24;

/** What went out and came in, newest last. */
export class Log {
  private rows = 0;

  constructor(
    private readonly list: HTMLOListElement,
    private readonly count: HTMLElement,
    private readonly jump: HTMLButtonElement,
  ) {
    jump.addEventListener('click', () => this.scrollToEnd());
    list.addEventListener('scroll', () => {
      if (this.isAtEnd()) this.jump.hidden = true;
    });
  }

  add(entry: LogEntry): void {
    const follow = this.isAtEnd();
    this.list.append(row(entry));
    this.rows++;
    while (this.list.childElementCount > MAX_ROWS) this.list.firstElementChild?.remove();
    this.showCount();
    // Who has scrolled up is reading: the newest waits behind a button.
    if (follow) this.scrollToEnd();
    else this.jump.hidden = false;
  }

  clear(): void {
    this.list.replaceChildren();
    this.rows = 0;
    this.jump.hidden = true;
    this.showCount();
  }

  private showCount(): void {
    const shown = this.list.childElementCount;
    const rows = `${String(shown)} ${shown === 1 ? 'row' : 'rows'}`;
    this.count.textContent = shown < this.rows ? `the last ${rows} of ${String(this.rows)}` : shown === 0 ? '' : rows;
  }

  private isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight <= END_TOLERANCE;
  }

  private scrollToEnd(): void {
    this.list.scrollTop = this.list.scrollHeight;
    this.jump.hidden = true;
  }
}

function row({ direction, text, label, tone = 'plain', at = performance.now() }: LogEntry): HTMLLIElement {
  const item = create('li', 'row');
  item.dataset['direction'] = direction;
  item.dataset['tone'] = tone;
  const now = new Date();
  const time = create('time', 'row-time', formatTime(now));
  time.dateTime = now.toISOString();
  // Beside the time of day, which the machine sets right now and then: what durations are taken from.
  item.dataset['at'] = String(at);
  const arrow = create('span', 'row-arrow', ARROWS[direction]);
  arrow.ariaHidden = 'true';
  const spoken = create('span', 'visually-hidden', SPOKEN[direction]);
  item.append(time, arrow, spoken, text.length > MAX_CHARACTERS ? folded(text) : create('code', 'row-text', text));
  if (label !== undefined) item.append(create('span', 'row-label', label));
  return item;
}

/** The beginning of a long text; the whole is laid out when somebody asks for it. */
function folded(text: string): HTMLDetailsElement {
  const details = create('details', 'row-text');
  const summary = create('summary', '');
  const size = create('span', 'row-size', `${text.length.toLocaleString('en')} characters`);
  summary.append(create('code', '', `${text.slice(0, MAX_CHARACTERS)}…`), ' ', size);
  details.append(summary);
  details.addEventListener('toggle', () => details.append(create('pre', '', pretty(text))), { once: true });
  return details;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
