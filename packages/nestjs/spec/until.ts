/** Waits for something that happens within the application; for 4 s at most, and then says that it did not. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 4000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Did not come true: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
