import { EventDataCodec } from '@nestwire/envelope';
import type { NestwireOptions } from '../nestwire.options.js';
import type { PatternTable } from '../server/pattern-table.js';

/** Named sets of defaults. */
export type Preset = 'platform-ws';

/** What `WsAdapter` and `ws` have: the options that an application gets unless it says otherwise. */
const PLATFORM_WS = {
  order: 'completion',
  handlerTimeoutMs: Infinity,
  silenceTimeoutMs: Infinity,
  messagesPerSecond: Infinity,
  origins: () => true,
  hosts: () => true,
  maxMessageBytes: 100 * 1024 * 1024,
  maxFragments: 16 * 1024,
  maxUnfinishedBytes: Infinity,
  pingIntervalMs: Infinity,
  maxConnections: Infinity,
  maxConnectionsPerAddress: Infinity,
  handshakesPerSecond: Infinity,
  maxStreams: Infinity,
  slowConsumer: 'wait',
  maxOutboundTotalBytes: Infinity,
} as const satisfies NestwireOptions;

/** What else is otherwise, and is no option. */
const BEYOND_OPTIONS = [
  'events by name, in {event, data}',
  'replies as bare values',
  'no answer to what is malformed or unknown',
  "exceptions answered by Nest's own filter",
  'no global filters (on Nest 11, nothing global) for gateways',
  'any subprotocol',
  'a port without a path takes every path',
];

export function isPlatformWs({ preset }: Pick<NestwireOptions, 'preset'>): boolean {
  return preset === 'platform-ws';
}

/**
 * The options with what their preset sets.
 *
 * @throws RangeError for a preset that there is none of.
 */
export function withPreset(options: NestwireOptions): NestwireOptions {
  const { preset } = options;
  if (preset === undefined) return options;
  if (!isPlatformWs(options)) throw new RangeError(`There is no preset ${preset}; there is 'platform-ws'`);
  return { ...PLATFORM_WS, ...options };
}

/** The format of clients that offer no subprotocol: under the preset, one that knows the events of the gateways by their names. */
export function defaultCodecOf(
  options: NestwireOptions,
  patterns: PatternTable,
): Pick<NestwireOptions, 'defaultCodec'> {
  const { defaultCodec } = options;
  if (defaultCodec !== undefined) return { defaultCodec };
  return isPlatformWs(options) ? { defaultCodec: new EventDataCodec({ events: patterns.events, bare: true }) } : {};
}

/** One line that says what the preset sets: of its options, those that the application has not set itself. */
export function describePreset(own: NestwireOptions): string {
  const options = Object.entries(PLATFORM_WS)
    .filter(([name]) => own[name as keyof NestwireOptions] === undefined)
    .map(([name, value]) => `${name}: ${typeof value === 'function' ? 'any' : String(value)}`);
  return `preset platform-ws: ${[...options, ...BEYOND_OPTIONS].join('; ')}`;
}
