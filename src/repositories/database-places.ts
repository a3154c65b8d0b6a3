/** Parses the values of `--database`: a path, a URL or a glob of files, each with a name if there are several. */
import { existsSync, globSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { parseDatabase } from "./database-url.ts";
import type { NamedDatabase } from "./several.ts";

const NAMED = /^([a-z][\w-]*)=([^=].*)$/is;
/** Keywords of libpq and similar libraries, which are not names. `parseDatabase` reports what to use instead. */
const KEYWORD = /^(host|hostaddr|port|dbname|user|password|service|server|driver|dsn)$/i;
const GLOB = /[*?[]/;

/**
 * Throws OperatorError for a place that is neither a path nor a supported URL. `namedPlaces` fills in empty names.
 * Looks for a file only if the text is ambiguous, since a file system that does not respond must not delay the start.
 */
export function parseNamedDatabase(given: string): readonly NamedDatabase[] {
  const [, name = "", rest = ""] = NAMED.exec(given) ?? [];
  if (name === "" || KEYWORD.test(name) || existsSync(given)) return [{ name: "", place: parsePlace(given) }];
  return [{ name, place: parsePlace(rest) }];
}

function parsePlace(text: string): string {
  const isGlob = GLOB.test(text) && !/^[a-z][a-z0-9+.-]+:/i.test(text) && !existsSync(text);
  return isGlob ? text : parseDatabase(text);
}

/** Whether there are several databases, or may be later. */
export function isSeveral(databases: readonly NamedDatabase[]): boolean {
  return databases.length > 1 || databases.some(({ place }) => isPattern(place));
}

/** Returns a function that lists the current databases: files that match a glob come and go. */
export function namedPlaces(databases: readonly NamedDatabase[]): () => readonly NamedDatabase[] {
  return () => {
    const found = databases.flatMap(({ name, place }) =>
      isPattern(place)
        ? globSync(place)
            .toSorted()
            .map((file) => ({ name: "", place: file }))
        : [{ name, place }],
    );
    const files = found.map(({ place }) => basename(place, extname(place)));
    const isByFile = new Set(files).size === files.length;
    const names = found.map(({ name, place }, index) => {
      return name || (isByFile ? (files[index] as string) : basename(dirname(place)));
    });
    return found.map(({ place }, index) => {
      const name = names[index] as string;
      const before = names.slice(0, index).filter((other) => other === name).length;
      return { name: before === 0 ? name : `${name}-${before + 1}`, place };
    });
  };
}

function isPattern(place: string): boolean {
  return GLOB.test(place) && !place.startsWith("postgres://") && !existsSync(place);
}
