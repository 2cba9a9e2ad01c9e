/** Whether a case is picked by `--only`: by its number, or by that of its group or section; all are where nothing is. */
export function isSelected(id: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((each) => id === each || id.startsWith(`${each}.`));
}
