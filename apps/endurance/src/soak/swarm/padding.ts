import type { Random } from '../random.js';

const LONGEST = 12_000;
/** ASCII, and what takes two, three and four bytes in UTF-8. */
const TEXT = Array.from('{"text":"Straße, ζωή, 実時間, 🧵 and plain words"}').join('').repeat(400).slice(0, LONGEST);
const ASCII = 'The quick brown fox jumps over the lazy dog. '.repeat(300).slice(0, LONGEST);

/** Text to send, mostly short, sometimes some 12,000 characters long: below the limit of a message in each format. */
export function padding(random: Random): string {
  const share = random.next();
  const longest = share < 0.8 ? 200 : share < 0.97 ? 2000 : LONGEST;
  const length = random.between(0, longest);
  const source = random.chance(0.5) ? TEXT : ASCII;
  // Not in the middle of a character of two units: it would not be the same behind UTF-8.
  return source.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
