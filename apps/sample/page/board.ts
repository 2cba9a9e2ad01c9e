import { type Provocation, PROVOCATIONS, Way } from '@nestwire/contracts';
import type { Chat } from './chat.js';
import { DEED_TEXTS } from './deeds.js';
import { create } from './element.js';
import { formatCountdown } from './format-time.js';
import type { Heartbeat } from './heartbeat.js';

/** Codes of the RFC that a browser never shows, and why. */
const UNSEEN = [
  { closeCode: 1004, name: 'Reserved', why: 'never given a meaning, and never sent' },
  { closeCode: 1010, name: 'ExtensionRequired', why: 'for clients to send, but not for a script in a browser' },
  { closeCode: 1015, name: 'TlsHandshake', why: 'a browser says 1006 instead' },
] as const;

const GROUPS = [
  { title: 'RFC 6455', note: 'what every WebSocket knows', from: 1000, to: 2999 },
  { title: 'IANA', note: 'registered for libraries', from: 3000, to: 3999 },
  { title: 'Nestwire', note: 'the platform’s own', from: 4400, to: 4499 },
  { title: 'This sample', note: 'an application’s own', from: 4000, to: 4399 },
] as const;

interface Tile {
  readonly button: HTMLButtonElement;
  readonly deed: HTMLElement;
}

/** One button a close code. It marks those that were seen. */
export class Board {
  private readonly tiles = new Map<number, Tile>();
  private readonly seen = new Set<number>();

  constructor(
    root: HTMLElement,
    private readonly progress: HTMLElement,
    private readonly onProvoke: (provocation: Provocation) => void,
  ) {
    root.append(...GROUPS.map((group) => this.group(group)));
    this.showProgress();
  }

  /** A connection ended with this code. */
  onCloseCode(closeCode: number): void {
    const tile = this.tiles.get(closeCode);
    if (tile === undefined || this.seen.has(closeCode)) return;
    this.seen.add(closeCode);
    tile.button.append(create('span', 'tile-seen', 'seen'));
    this.showProgress();
  }

  /** The one deed that takes its time shows how much is left. */
  showChat(chat: Chat, heartbeat: Heartbeat): void {
    const chatting = PROVOCATIONS.find(({ way }) => way === Way.ChatWithoutHeartbeat);
    const tile = chatting && this.tiles.get(chatting.closeCode);
    if (tile === undefined) return;
    tile.button.dataset['busy'] = String(chat.isOn);
    tile.deed.textContent = chat.isOn
      ? `chatting, ${formatCountdown(heartbeat.lifeLeftMs ?? 0)} left; press to stop`
      : DEED_TEXTS[Way.ChatWithoutHeartbeat];
  }

  private group({ title, note, from, to }: (typeof GROUPS)[number]): HTMLElement {
    const section = create('section', 'group');
    const heading = create('h3', 'group-title', title);
    heading.append(create('span', 'group-note', note));
    const tiles = create('ul', 'tiles');
    const isHere = ({ closeCode }: { closeCode: number }): boolean => closeCode >= from && closeCode <= to;
    const items = [
      ...PROVOCATIONS.filter(isHere).map((provocation) => this.provocationTile(provocation)),
      ...UNSEEN.filter(isHere).map(unseenTile),
    ];
    items.sort((a, b) => a.closeCode - b.closeCode);
    tiles.append(...items.map(({ item }) => item));
    section.append(heading, tiles);
    return section;
  }

  private provocationTile(provocation: Provocation): { closeCode: number; item: HTMLElement } {
    const { closeCode, name, meaning, way } = provocation;
    const button = create('button', 'tile');
    button.type = 'button';
    button.dataset['closeCode'] = String(closeCode);
    const deed = create('span', 'tile-deed', DEED_TEXTS[way]);
    button.append(
      ...tileHead(closeCode, name),
      create('span', 'tile-meaning', saysMore(name, meaning) ? meaning : ''),
      deed,
    );
    button.addEventListener('click', () => this.onProvoke(provocation));
    this.tiles.set(closeCode, { button, deed });
    const item = create('li', '');
    item.append(button);
    return { closeCode, item };
  }

  private showProgress(): void {
    this.progress.textContent = `${String(this.seen.size)} of ${String(this.tiles.size)} seen`;
  }
}

function unseenTile({ closeCode, name, why }: (typeof UNSEEN)[number]): { closeCode: number; item: HTMLElement } {
  const item = create('li', 'tile tile-unseen');
  item.append(...tileHead(closeCode, name), create('span', 'tile-meaning', why));
  return { closeCode, item };
}

/** Whether a meaning is more than its name in other letters. */
function saysMore(name: string, meaning: string): boolean {
  return name.toLowerCase() !== meaning.replaceAll(' ', '').toLowerCase();
}

function tileHead(closeCode: number, name: string): HTMLElement[] {
  const words = name.split(/(?=[A-Z])/).flatMap((word) => [document.createElement('wbr'), word]);
  const breakable = create('span', 'tile-name');
  breakable.append(...words.slice(1));
  return [create('span', 'tile-code', String(closeCode)), breakable];
}
