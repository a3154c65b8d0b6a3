/** Arbitrary text as a profile. */
import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { SECTION_NAMES } from "../../../src/profiles/contract.ts";
import { parseProfile } from "../../../src/profiles/parse.ts";
import { anyText, damaged, textOf } from "../lines.ts";
import { pure } from "../target.ts";

const FOLDER = new URL("../../../profiles/", import.meta.url);
const SHIPPED = readdirSync(FOLDER).map((file) => readFileSync(new URL(file, FOLDER), "utf8"));

const words = fc.constantFrom(
  ...SECTION_NAMES.map((name) => `-- name: ${name}`),
  ...["-- dialect: sqlite", "-- dialect: postgresql", "-- system:", "-- versions: 1, 2"],
  ...["-- unreported-statuses: done, failed", "-- terminal-stages: a,,b", "SELECT 1", ";", "--", "/*", "'"],
);

export const profile = pure(
  "profile",
  fc.oneof(damaged(fc.constantFrom(...SHIPPED)), textOf(words, ["\n", "\r\n", " ", "", "\u2028"]), anyText),
  (text) => {
    const parsed = parseProfile("any", text);
    const lines = text.split(/\r?\n/).length;
    for (const { line, message } of parsed.problems) {
      assert(Number.isInteger(line) && line >= 1 && line <= lines, `line ${line} of ${lines}`);
      assert(message.length > 0);
    }
    for (const dialect of [parsed.dialect, ...parsed.dialects])
      assert(["sqlite", "postgresql", "files"].includes(dialect));
    for (const [name, section] of Object.entries(parsed.sections)) {
      assert(SECTION_NAMES.some((known) => known === name));
      // The section's name is on its first line, and its SQL is a part of the text.
      assert(text.split(/\r?\n/)[section.line - 1]?.trimStart().startsWith("--"));
      assert(text.replaceAll("\r\n", "\n").includes(section.sql) && section.sql.trim() !== "");
    }
    assert(parsed.problems.length > 0 || Object.keys(parsed.sections).length > 0);
  },
);
