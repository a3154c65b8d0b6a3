/** Suggests what a misspelt name probably means. */

/** More differences are not a typing error. */
const MOST_DIFFERENCES = 3;

/** Returns ` (did you mean "serve"?)`, or an empty text if no name is near. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : ` (did you mean ${JSON.stringify(name)}?)`;
}

/** Returns the name with the fewest differences, if they are few, otherwise one that begins with the word. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.min(MOST_DIFFERENCES, Math.ceil(word.length / 3));
  const near = names
    .filter((name) => Math.abs(name.length - word.length) <= limit)
    .map((name) => ({ name, count: differences(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ count }) => count <= limit)
    .sort((one, other) => one.count - other.count);
  return near[0]?.name ?? names.find((name) => word.length > 2 && name.startsWith(word));
}

/** Counts letters to insert, delete or replace (Levenshtein distance). */
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
