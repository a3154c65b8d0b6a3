/** Finds profiles: shipped ones by name, an operator's own by path. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { OperatorError } from "../../shared/operator-error.ts";
import { packageFile } from "../../shared/package-file.ts";
import { parseProfile } from "./parse.ts";
import { type Profile, problemText, type SqlDialect } from "./profile.ts";

export class ProfileError extends OperatorError {
  readonly exitCode: number;
  /** The default exit code is that of a usage error. */
  constructor(message: string, exitCode = 2) {
    super(message);
    this.name = "ProfileError";
    this.exitCode = exitCode;
  }
}

const SUFFIX = ".sql";

/** Returns all shipped profiles, by name and dialect. */
export function shippedProfiles(): readonly Profile[] {
  const folder = packageFile("profiles/");
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .flatMap((file) =>
      inEachDialect(parseProfile(nameOf(file), readFileSync(new URL(file, folder), "utf8"))),
    );
}

function inEachDialect(profile: Profile): readonly Profile[] {
  return profile.dialects.map((dialect) => ({ ...profile, dialect }));
}

/** Returns the shipped profiles for databases of this dialect, the reference first. */
export function shippedFor(dialect: SqlDialect): readonly Profile[] {
  const isReference = ({ name }: Profile) => Number(name === "reference");
  return shippedProfiles()
    .filter((profile) => profile.dialect === dialect)
    .toSorted((a, b) => isReference(b) - isReference(a));
}

/**
 * Returns the profile for a database of one of these dialects. A value with a slash, or that ends in .sql, is a path.
 * Throws ProfileError if there is no such profile, none in the dialect, or its time zone is unknown, which would make
 * every time wrong.
 */
export function loadProfile(nameOrPath: string, ...dialects: readonly SqlDialect[]): Profile {
  const candidates = isPath(nameOrPath) ? inEachDialect(profileAt(nameOrPath)) : namedProfiles(nameOrPath);
  const profile = candidates.find(({ dialect }) => dialects.includes(dialect));
  const unknownZone = profile?.problems.find(({ column }) => column === "timezone");
  if (profile && unknownZone) throw new ProfileError(problemText(profile.name, unknownZone));
  if (profile) return profile;
  const { name, dialect: other } = candidates[0] as Profile;
  throw new ProfileError(
    `profile ${name} is for ${other}, but the database is ${dialects[0]}: change --profile or --database`,
  );
}

function namedProfiles(name: string): readonly Profile[] {
  const shipped = shippedProfiles();
  const found = shipped.filter((profile) => profile.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(shipped.map((profile) => profile.name))];
  throw new ProfileError(
    `unknown profile "${name}": use ${names.join(", ")}, or the path of a file, such as ./mine.sql`,
  );
}

function profileAt(path: string): Profile {
  try {
    return parseProfile(nameOf(basename(path)), readFileSync(path, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ProfileError(`cannot read the profile (${code}): set --profile to the path of a .sql file`, 1);
  }
}

export function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes("/") || nameOrPath.endsWith(SUFFIX);
}

/** `reference.postgresql.sql` and `reference.sql` are one profile in two dialects. */
function nameOf(file: string): string {
  return file.replace(/(\.(sqlite|postgresql))?\.sql$/, "");
}
