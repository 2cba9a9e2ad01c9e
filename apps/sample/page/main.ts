import { type Provocation, Way } from '@nestwire/contracts';
import { Board } from './board.js';
import { Chat } from './chat.js';
import { Connection, type ConnectionState } from './connection.js';
import { ConnectionPanel } from './connection-panel.js';
import { provoke } from './deeds.js';
import { Editor } from './editor.js';
import { element } from './element.js';
import { EndingPanel } from './ending-panel.js';
import { Heartbeat } from './heartbeat.js';
import { Log } from './log.js';
import { WireLog } from './wire-log.js';

const log = new Log(
  element('log', HTMLOListElement),
  element('log-count', HTMLElement),
  element('log-jump', HTMLButtonElement),
);
const wireLog = new WireLog(log);

const connection = new Connection({
  onState: (state) => onState(state),
  onSent: (message) => {
    wireLog.onSent(message);
    heartbeat.onSent(message);
  },
  onReceived: (message) => wireLog.onReceived(message),
});

const connectionPanel = new ConnectionPanel(
  {
    form: element('connection', HTMLFormElement),
    url: element('url', HTMLInputElement),
    hint: element('url-hint', HTMLElement),
    connect: element('connect', HTMLButtonElement),
    close: element('close', HTMLButtonElement),
    status: element('status', HTMLElement),
  },
  connection,
);

const heartbeat = new Heartbeat(
  {
    toggle: element('heartbeat-toggle', HTMLInputElement),
    text: element('heartbeat-text', HTMLElement),
    bar: element('heartbeat-bar', HTMLElement),
  },
  connection,
);

const chat = new Chat(connection, heartbeat);

const endingPanel = new EndingPanel({
  panel: element('ending', HTMLElement),
  waiting: element('ending-waiting', HTMLElement),
  details: element('ending-details', HTMLElement),
  code: element('ending-code', HTMLElement),
  name: element('ending-name', HTMLElement),
  meaning: element('ending-meaning', HTMLElement),
  closedBy: element('ending-closed-by', HTMLElement),
  reason: element('ending-reason', HTMLElement),
  clean: element('ending-clean', HTMLElement),
  openFor: element('ending-open-for', HTMLElement),
});

const board = new Board(element('board', HTMLElement), element('board-progress', HTMLElement), (provocation) => {
  void onProvoke(provocation);
});

new Editor(
  {
    form: element('message', HTMLFormElement),
    text: element('envelope', HTMLTextAreaElement),
    hint: element('envelope-hint', HTMLElement),
    chips: element('chips', HTMLElement),
  },
  (message) => {
    void connection.whenOpen(() => connectionPanel.connect()).then(() => connection.send(message));
  },
);

function onState(state: ConnectionState): void {
  connectionPanel.onState(state);
  endingPanel.onState(state);
  wireLog.onState(state);
  heartbeat.onState(state);
  chat.onState(state);
  board.showChat(chat, heartbeat);
  if (state.kind === 'closed') board.onCloseCode(state.ending.closeCode);
}

async function onProvoke(provocation: Provocation): Promise<void> {
  const wasChatting = chat.isOn;
  chat.stop();
  const isStop = wasChatting && provocation.way === Way.ChatWithoutHeartbeat;
  if (!isStop && (await connection.whenOpen(() => connectionPanel.connect()))) provoke(provocation, connection, chat);
  board.showChat(chat, heartbeat);
}

const ticker = new Worker(new URL('./ticker.worker.js', import.meta.url), { type: 'module' });
ticker.addEventListener('message', () => {
  heartbeat.tick();
  chat.tick();
  board.showChat(chat, heartbeat);
});

element('log-clear', HTMLButtonElement).addEventListener('click', () => log.clear());

connectionPanel.connect();
