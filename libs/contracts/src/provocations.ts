import { CLOSE_CODES, closeCodeEntry } from '@nestwire/envelope';
import { ROOM_CLOSED } from './sample-code.js';

/** How the page brings a close code about. */
export const Way = {
  /** It asks the server to close with the code. */
  Ask: 'ask',
  /** It closes the connection itself, with this code. */
  CloseHere: 'close-here',
  /** It closes the connection itself, without a code. */
  CloseWithoutCode: 'close-without-code',
  /** It asks the server to drop the connection without a close frame. */
  Drop: 'drop',
  /** It sends a binary message to a server that speaks text. */
  SendBinary: 'send-binary',
  /** It sends a message over the limit of 64 KiB. */
  SendTooMuch: 'send-too-much',
  /** It sends five messages that are no JSON. */
  SendMalformed: 'send-malformed',
  /** It sends more messages at once than it may. */
  SendTooMany: 'send-too-many',
  /** It chats for 30 s and never sends a heartbeat. */
  ChatWithoutHeartbeat: 'chat-without-heartbeat',
  /** It enters a room that has closed. */
  EnterClosedRoom: 'enter-closed-room',
  /** It enters a room that is not for it. */
  EnterForbiddenRoom: 'enter-forbidden-room',
} as const;

export type Way = (typeof Way)[keyof typeof Way];

/** A close code that the sample can bring about. */
export interface Provocation {
  readonly closeCode: number;
  readonly name: string;
  readonly meaning: string;
  readonly way: Way;
}

/** The codes that a wrong deed brings about; a server is asked for the others. */
const DEEDS: ReadonlyMap<number, Way> = new Map<number, Way>([
  [1000, Way.CloseHere],
  [1003, Way.SendBinary],
  [1005, Way.CloseWithoutCode],
  [1006, Way.Drop],
  [1009, Way.SendTooMuch],
  [4400, Way.SendMalformed],
  [4403, Way.EnterForbiddenRoom],
  [4408, Way.ChatWithoutHeartbeat],
  [4429, Way.SendTooMany],
]);

/** Every close code that can be seen in a browser, and how to see it. */
export const PROVOCATIONS: readonly Provocation[] = [
  ...CLOSE_CODES.filter(({ code, sender }) => DEEDS.has(code) || sender === 'server' || sender === 'both').map(
    ({ code, name, meaning }) => ({ closeCode: code, name, meaning, way: DEEDS.get(code) ?? Way.Ask }),
  ),
  { closeCode: ROOM_CLOSED, name: 'RoomClosed', meaning: 'the room has closed', way: Way.EnterClosedRoom },
].sort((a, b) => a.closeCode - b.closeCode);

/** A close code's name and meaning, the sample's own included. */
export function describeCloseCode(closeCode: number): { readonly name: string; readonly meaning: string } {
  return PROVOCATIONS.find((provocation) => provocation.closeCode === closeCode) ?? closeCodeEntry(closeCode);
}
