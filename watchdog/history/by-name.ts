/** Numbers by names that others give: a model may be called `constructor`, which every plain object has. */

export function sumByName(entries: Iterable<readonly [string, number]>): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [name, number] of entries) sums.set(name, (sums.get(name) ?? 0) + number);
  return Object.fromEntries(sums);
}

/** 0 where the name has none. */
export function numberAt(numbers: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(numbers, name) ? (numbers[name] as number) : 0;
}
