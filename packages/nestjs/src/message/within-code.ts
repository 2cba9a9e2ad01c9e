import type { SendOptions } from '@nestwire/engine';
import type { CorrelationId } from '@nestwire/envelope';

/**
 * The options of a message under a code, whose key is that code's alone: nothing takes the place of what was sent under another, nor, for
 * answers, of what answers another message.
 */
export function withinCode(options: SendOptions, code: number, id?: CorrelationId): SendOptions {
  if (options.key === undefined) return options;
  const scope = id === undefined ? String(code) : `${String(code)} ${String(id)}`;
  return { ...options, key: `${scope} ${options.key}` };
}

/** Of what goes out in two messages, those of the second: it does not take the place of the first. */
export function asSecond(options: SendOptions): SendOptions {
  return options.key === undefined ? options : { ...options, key: `${options.key}\0` };
}
