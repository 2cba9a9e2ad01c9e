import { parseArgs } from 'node:util';

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
  const figure = (name: keyof typeof values): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw new RangeError(`--${name} must be a whole number from 1; it is ${values[name]}`);
  };
  return { connections: figure('connections'), rate: figure('rate'), seconds: figure('seconds') };
}
