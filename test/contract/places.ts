/** Changes an envelope in one place, for tests that must hold in every place. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Change {
  /** The path, for example `queue.breakers.items.0.name`. */
  readonly place: string;
  readonly envelope: Json;
}

type JsonObject = { [key: string]: Json };

/** Calls `change` on a copy of the envelope with an object in it and one of the object's keys. */
export function* changed(
  envelope: Json,
  change: (holder: JsonObject, key: string) => void,
  isMeant: (place: string) => boolean = () => true,
): Generator<Change> {
  for (const path of paths(envelope)) {
    const place = path.join(".");
    if (!isMeant(place)) continue;
    const copy = structuredClone(envelope);
    const holder = path.slice(0, -1).reduce<Json>((value, key) => (value as JsonObject)[key] as Json, copy);
    change(holder as JsonObject, path.at(-1) as string);
    yield { place, envelope: copy };
  }
}

function* paths(value: Json, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield [...path, key];
    yield* paths(inner, [...path, key]);
  }
}
