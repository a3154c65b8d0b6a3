/** The tests that a folder holds: `NAME.dump.sql`, `NAME.profile.sql` or a profile that comes with the program, `NAME.expected.json`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { SECTION_NAMES } from "../metrics/collect.ts";
import { parseProfile } from "../profiles/parse.ts";
import type { Profile } from "../profiles/profile.ts";
import { shippedProfiles } from "../profiles/shipped.ts";

/** In front of the ending a dialect may stand, as in `n8n.postgresql.dump.sql`. */
const FILE = /^(.+?)(?:\.(sqlite|postgresql))?\.(?:dump\.sql|profile\.sql|expected\.json)$/;

export interface TestCase {
  /** Such as `n8n`, or `n8n.postgresql`. */
  readonly title: string;
  /** Reads the files. Throws an OperatorError for one that is missing or no good. */
  readonly read: () => {
    readonly dump: string;
    readonly profile: Profile;
    /** As --profile takes it. */
    readonly profileName: string;
    readonly expected: unknown;
  };
}

/** Throws an OperatorError for a folder that holds none, or a file that no dump belongs to. */
export function testCases(folder: string): readonly TestCase[] {
  const files = filesIn(folder);
  const dumps = files.filter((file) => file.endsWith(".dump.sql"));
  const names = dumps.map((file) => FILE.exec(file)?.[1]);
  const alone = files.find((file) => FILE.test(file) && !names.includes(FILE.exec(file)?.[1]));
  if (alone) throw new OperatorError(`${quoted(alone)} has no ${FILE.exec(alone)?.[1]}.dump.sql beside it`);
  if (dumps.length === 0) throw new OperatorError(`the folder ${quoted(folder)} has no NAME.dump.sql`);
  return dumps.map((dump) => {
    const title = dump.replace(/\.dump\.sql$/, "");
    const [, name = "", dialect] = FILE.exec(dump) ?? [];
    const beside = (ending: string) =>
      [title, name].map((start) => `${start}.${ending}`).find((file) => files.includes(file));
    const textOf = (file: string) => readFileSync(join(folder, file), "utf8");
    return {
      title,
      read() {
        const own = beside("profile.sql");
        const known = shippedProfiles().filter((profile) => profile.name === name);
        const candidates = own === undefined ? known : [parseProfile(name, textOf(own))];
        const profile = candidates.findLast((one) => one.dialect === (dialect ?? one.dialect));
        if (!profile)
          throw new OperatorError(
            `no ${name}.profile.sql, and no profile ${name}${dialect ? ` for ${dialect}` : ""} comes with the program`,
          );
        const json = beside("expected.json");
        if (json === undefined)
          throw new OperatorError(
            `no ${name}.expected.json: write the figures that plain SQL gives, such as {"queue": {"counts": {"queued": 3}}}`,
          );
        const profileName = own === undefined ? name : join(folder, own);
        return { dump: textOf(dump), profile, profileName, expected: expectedIn(json, textOf(json)) };
      },
    };
  });
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(`the folder ${quoted(folder)} cannot be read (${code})`);
  }
}

/** Some sections of the envelope, each in part. */
function expectedIn(file: string, text: string): unknown {
  let expected: unknown;
  try {
    expected = JSON.parse(text);
  } catch (error) {
    throw new OperatorError(`${file} is no JSON: ${(error as Error).message}`);
  }
  const keys = Object.keys(expected ?? {});
  if (keys.length === 0 || keys.some((key) => !SECTION_NAMES.some((name) => name === key)))
    throw new OperatorError(`${file} must hold figures of ${SECTION_NAMES.join(", ")}, and nothing else`);
  return expected;
}
