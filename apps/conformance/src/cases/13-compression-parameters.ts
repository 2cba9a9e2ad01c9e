import { compressedEcho, type Effort } from './compressed-echo.js';
import type { ConformanceCase } from '../conformance-case.js';
import { JSON_DATA } from '../payloads.js';
import type { Opening } from '../wire/opening.js';

const NO_TAKEOVER = { serverNoContextTakeover: true, clientNoContextTakeover: true } as const;
const bits = (windowBits: number) => ({ serverMaxWindowBits: windowBits, clientMaxWindowBits: windowBits });
const ANY_BITS = { clientMaxWindowBits: true } as const;

/** RFC 7692 §7.1: the public suite's parameters in its order, then what else can be agreed upon. */
const PARAMETERS: readonly (readonly [title: string, opening: Opening])[] = [
  ['takeover, any window', { deflate: [ANY_BITS] }],
  ['no takeover, any window', { deflate: [{ ...NO_TAKEOVER, ...ANY_BITS }] }],
  ['takeover, 9 bits', { deflate: [bits(9)] }],
  ['takeover, 15 bits', { deflate: [bits(15)] }],
  ['no takeover, 9 bits', { deflate: [{ ...NO_TAKEOVER, ...bits(9) }] }],
  ['no takeover, 15 bits', { deflate: [{ ...NO_TAKEOVER, ...bits(15) }] }],
  ['three offers, the first of them is taken', { deflate: [{ ...NO_TAKEOVER, ...bits(9) }, NO_TAKEOVER, {}] }],
  [
    'offers behind an unknown extension and behind offers that nobody can accept',
    {
      declined: [
        'x-unknown; level=9',
        'permessage-deflate; server_max_window_bits=16',
        'permessage-deflate; client_max_window_bits=7',
        'permessage-deflate; mode=fast',
        'permessage-deflate; client_no_context_takeover=1',
        'permessage-deflate; server_max_window_bits=12; server_max_window_bits=12',
        'permessage-deflate; server_max_window_bits',
        'permessage-deflate; server_max_window_bits=09',
      ],
      deflate: [bits(12)],
    },
  ],
  [
    'takeover one way, 10 bits for the client',
    { deflate: [{ serverNoContextTakeover: true, clientMaxWindowBits: 10 }] },
  ],
  [
    'takeover the other way, 11 bits for the server',
    { deflate: [{ clientNoContextTakeover: true, serverMaxWindowBits: 11 }] },
  ],
  ['as the other end has it by default', { deflate: [ANY_BITS], ownTerms: true }],
];

export function compressionParameters(effort: Effort): ConformanceCase[] {
  return PARAMETERS.flatMap(([title, opening], i) =>
    compressedEcho(`13.${String(i + 1)}`, title, opening, JSON_DATA, effort),
  );
}
