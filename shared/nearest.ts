/** What somebody probably meant who misspelt a name. */

/** More differences than this are no slip of the fingers. */
const MOST_DIFFERENCES = 3;

/** ` (did you mean "serve"?)`; empty if no name is near. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : ` (did you mean ${JSON.stringify(name)}?)`;
}

/** The name that begins with the word, or else the one with the fewest differences, if they are few. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.min(MOST_DIFFERENCES, Math.ceil(word.length / 3));
  const near = names
    .filter((name) => Math.abs(name.length - word.length) <= limit)
    .map((name) => ({ name, count: differences(word, name) }))
    .filter(({ count }) => count <= limit)
    .sort((one, other) => one.count - other.count);
  return near[0]?.name ?? names.find((name) => word.length > 2 && name.startsWith(word));
}

/** How many letters to insert, delete or replace (Levenshtein). */
function differences(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
