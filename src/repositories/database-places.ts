/** Parses the values of `--database`: a path, a URL or a glob of files, each with a name if there are several. */
import { existsSync, globSync, realpathSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { homeFolder } from "../../shared/home.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { isPostgresqlUrl, KEYWORDS, parseDatabase } from "./database-url.ts";
import type { NamedDatabase } from "./several.ts";

const NAMED = /^([a-z][\w-]*)=([^=].*)$/is;
const GLOB = /[*?[]/;

/**
 * Throws OperatorError for a place that is neither a path nor a supported URL. `namedPlaces` fills in empty names.
 * Looks for a file only if the text is ambiguous, since a file system that does not respond must not delay the start.
 */
export function parseNamedDatabase(given: string): readonly NamedDatabase[] {
  const [, name = "", rest = ""] = NAMED.exec(given) ?? [];
  // `parseDatabase` reports what to use instead of keywords.
  if (name === "" || KEYWORDS.test(given) || existsSync(given))
    return [{ name: "", place: parsePlace(given) }];
  return [{ name, place: parsePlace(rest) }];
}

function parsePlace(text: string): string {
  const isGlob = GLOB.test(text) && !/^[a-z][a-z0-9+.-]+:/i.test(text) && !existsSync(text);
  // No shell has replaced the ~ of a quoted glob.
  return isGlob ? text.replace(/^~(?=\/)/, homeFolder()) : parseDatabase(text);
}

/** Whether there are several databases, or may be later. */
export function isSeveral(databases: readonly NamedDatabase[]): boolean {
  return databases.length > 1 || databases.some(({ place }) => isPattern(place));
}

/**
 * Returns a function that lists the current databases, since files that match a glob come and go. Throws UsageError if
 * two have the same name.
 */
export function namedPlaces(databases: readonly NamedDatabase[]): () => readonly NamedDatabase[] {
  const given = databases.map(({ name }) => name).filter((name) => name !== "");
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(`--database: two databases are named ${quoted(twice)}: rename one`);
  return () => {
    const found = databases.flatMap(({ name, place }) =>
      isPattern(place)
        ? globSync(place)
            .toSorted()
            .map((file) => ({ name: "", place: file, file: realPath(file) }))
        : [{ name, place, file: isPostgresqlUrl(place) ? place : resolve(place) }],
    );
    // A file counts once, even if several patterns or a symbolic link lead to it.
    const seen = new Set(found.filter(({ name }) => name !== "").map(({ file }) => file));
    const unique = found.filter(({ name, file }) => name !== "" || (!seen.has(file) && seen.add(file)));
    const files = unique.map(({ place }) => basename(place, extname(place)));
    const isByFile = new Set(files).size === files.length;
    const taken = new Set(given);
    return unique.map(({ name, place }, index) => {
      if (name !== "") return { name, place };
      const own = isByFile ? (files[index] as string) : basename(dirname(resolve(place)));
      let unused = own;
      for (let number = 2; taken.has(unused); number += 1) unused = `${own}-${number}`;
      taken.add(unused);
      return { name: unused, place };
    });
  };
}

/** Resolves symbolic links. Returns the path as it is if its target is missing. */
function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

function isPattern(place: string): boolean {
  return GLOB.test(place) && !isPostgresqlUrl(place) && !existsSync(place);
}
