/** Sums by names from outside. A model may be called `constructor`, a property of every plain object. */

export function sumByName(entries: Iterable<readonly [string, number]>): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [name, number] of entries) sums.set(name, (sums.get(name) ?? 0) + number);
  return Object.fromEntries(sums);
}

/** Returns 0 if the name is missing. */
export function numberAt(numbers: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(numbers, name) ? (numbers[name] as number) : 0;
}
