import { type Provocation, SampleCode, Way } from '@nestwire/contracts';
import type { Chat } from './chat.js';
import type { Connection } from './connection.js';
import { sampleEnvelope } from './sample-envelope.js';

/** The server's `maxMessageBytes`, and one more than fits. */
const TOO_MUCH_BYTES = 64 * 1024 + 1;

const MALFORMED_MESSAGES = 5;

/** What the page does for a close code, in the words of a button; nothing for the usual way, which is to ask. */
export const DEED_TEXTS: Readonly<Record<Way, string>> = {
  [Way.Ask]: '',
  [Way.CloseHere]: 'this page closes',
  [Way.CloseWithoutCode]: 'this page closes, without a code',
  [Way.Drop]: 'the server drops the line',
  [Way.SendBinary]: 'sends a binary message',
  [Way.SendTooMuch]: 'sends more than 64 KiB',
  [Way.SendMalformed]: 'sends five messages that are no JSON',
  [Way.SendTooMany]: 'rolls dice on and on, and each counts for 20 messages',
  [Way.ChatWithoutHeartbeat]: 'chats for 30 s without a heartbeat',
  [Way.EnterClosedRoom]: 'enters a room that has closed',
  [Way.EnterForbiddenRoom]: 'enters a room that is not yours',
};

/** Brings a close code about, on a connection that is open. */
export function provoke({ closeCode, way }: Provocation, connection: Connection, chat: Chat): void {
  switch (way) {
    case Way.Ask:
      return connection.send(sampleEnvelope(SampleCode.CloseWith, { closeCode, reason: 'as the page asked' }));
    case Way.CloseHere:
      return connection.close(closeCode, 'as the page wished');
    case Way.CloseWithoutCode:
      return connection.close();
    case Way.Drop:
      return connection.send(sampleEnvelope(SampleCode.Drop));
    case Way.SendBinary:
      return connection.send(new TextEncoder().encode('bytes'));
    case Way.SendTooMuch:
      return connection.send(tooLongMessage());
    case Way.SendMalformed:
      for (let i = 1; i <= MALFORMED_MESSAGES; i++) connection.send(`this is no JSON (${String(i)})`);
      return;
    case Way.SendTooMany:
      return void rollOn(connection);
    case Way.ChatWithoutHeartbeat:
      return chat.start();
    case Way.EnterClosedRoom:
      return connection.send(sampleEnvelope(SampleCode.EnterClosedRoom));
    case Way.EnterForbiddenRoom:
      return connection.send(sampleEnvelope(SampleCode.EnterForbiddenRoom));
    default:
      return way satisfies never;
  }
}

/** An envelope like any other, but for its size. */
function tooLongMessage(): string {
  const frame = sampleEnvelope(SampleCode.Hello, { text: '' });
  return sampleEnvelope(SampleCode.Hello, { text: 'x'.repeat(TOO_MUCH_BYTES - frame.length) });
}

/** The next roll as soon as there is an answer to the last. */
async function rollOn(connection: Connection): Promise<void> {
  do connection.send(sampleEnvelope(SampleCode.Roll, { sides: 6 }));
  while (await connection.hears());
}
