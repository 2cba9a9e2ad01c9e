import { SampleCode } from '@nestwire/contracts';
import { JsonCodec } from '@nestwire/envelope';

/** Who this page says it is. */
const USER_ID = 10001;

const codec = new JsonCodec();

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SampleCode).map(([name, code]) => [code, name]));

/** A message from this page's user, in the order in which the notes write one. */
export function sampleEnvelope(code: SampleCode, data: object = {}, id?: string): string {
  return JSON.stringify({ userId: USER_ID, code, data, id });
}

/** The name of the code in a message, if the sample has one for it. */
export function nameOfCode(message: string): string | undefined {
  const decoded = codec.decode(message);
  return decoded.ok ? NAMES.get(decoded.envelope.code) : undefined;
}

export function isHeartbeat(message: string | Uint8Array): boolean {
  return typeof message === 'string' && nameOfCode(message) === 'Heartbeat';
}

export interface Review {
  readonly fine: boolean;
  readonly text: string;
}

/** What a reader may want to know of a message before it goes out. */
export function reviewEnvelope(message: string): Review {
  const decoded = codec.decode(message);
  if (!decoded.ok) return { fine: false, text: `${decoded.malformed.problem}. You can send it all the same.` };
  const { code, userId } = decoded.envelope;
  if (userId === undefined) return { fine: false, text: 'userId is missing. You can send it all the same.' };
  const name = NAMES.get(code);
  if (name === undefined) return { fine: true, text: `No handler has code ${String(code)}: the answer will be 404.` };
  return { fine: true, text: `${name}, from user ${String(userId)}` };
}
