/**
 * A number on the command line.
 *
 * @throws RangeError for what is none, or too small.
 */
export function figureOption(name: string, text: string, least: number, whole = true): number {
  const value = Number(text);
  if ((whole ? Number.isSafeInteger(value) : Number.isFinite(value)) && value >= least) return value;
  throw new RangeError(`--${name} must be a ${whole ? 'whole ' : ''}number from ${String(least)}; it is ${text}`);
}
