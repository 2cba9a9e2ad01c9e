const GOLDEN_RATIO = 0.618_033_988_749_895;

let spread = 0;

/** From 0 up to 1, each as far as can be from those before: what is to happen to many is spread by it, without chance. */
export function nextSpread(): number {
  spread = (spread + GOLDEN_RATIO) % 1;
  return spread;
}
