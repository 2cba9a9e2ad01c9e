/** The time of day, to the millisecond: `HH:MM:SS.mmm`. */
export function formatTime(at: Date): string {
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => pad(n, 2));
  return `${String(hours)}:${String(minutes)}:${String(seconds)}.${pad(at.getMilliseconds(), 3)}`;
}

/** A span in milliseconds, in seconds to the millisecond: exact enough to check a deadline by. */
export function formatSpan(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** What is left of a countdown, in whole seconds that end at 0, not before it. */
export function formatCountdown(ms: number): string {
  return `${String(Math.max(0, Math.ceil(ms / 1000)))} s`;
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, '0');
}
