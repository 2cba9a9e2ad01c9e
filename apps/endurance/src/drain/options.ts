import { parseArgs } from 'node:util';
import { figureOption } from '../figure-option.js';

export interface DrainRunOptions {
  readonly connections: number;
  /** Requests a second, of all clients together. */
  readonly rate: number;
  readonly seconds: number;
}

/** @throws RangeError for a figure that can't be, TypeError for an option that there is none of. */
export function parseDrainOptions(args: readonly string[]): DrainRunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: 'string', default: '5000' },
      rate: { type: 'string', default: '4000' },
      seconds: { type: 'string', default: '5' },
    },
  });
  const figure = (name: keyof typeof values): number => figureOption(name, values[name], 1);
  return { connections: figure('connections'), rate: figure('rate'), seconds: figure('seconds') };
}
