/**
 * `orch-metrics profiles test`: loads database dumps, reads them as the service does, and compares the results with
 * expected ones.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger } from "../../shared/log.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { quoted } from "../../shared/read-settings.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { parseProfile } from "../profiles/parse.ts";
import { fileProblems } from "../profiles/profile.ts";
import { shippedProfiles } from "../profiles/shipped.ts";
import { envelopeText } from "../server/json.ts";
import type { Config } from "../settings.ts";
import type { OpenSources } from "../sources.ts";
import { differences } from "./differences.ts";
import { temporaryDatabase } from "./temporary-database.ts";
import { withSources } from "./with-sources.ts";

/** The dialect may precede the suffix, as in `n8n.postgresql.dump.sql`. */
const FILE = /^(.+?)(?:\.(sqlite|postgresql))?\.(?:dump\.sql|profile\.sql|expected\.json)$/;

interface Outcome {
  /** Why the test fails. Empty if it passes. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Resolves with the exit code: 1 if a test fails. */
export async function profilesTest(folder: string, config: Config): Promise<number> {
  const files = filesIn(folder);
  const dumps = files.filter((file) => file.endsWith(".dump.sql"));
  const stopped = untilStopped().then((signal): never => {
    throw new OperatorError(`stopped by ${signal}`);
  });
  // The signal may arrive between two tests, when nothing awaits this.
  stopped.catch(() => {});
  let failed = 0;
  for (const dump of dumps) {
    const { problems, warnings } = await outcomeOf(folder, files, dump, config, stopped);
    const verdict = problems.length > 0 ? "FAILED" : "ok";
    if (problems.length > 0) failed += 1;
    const notes = [...problems, ...warnings.map((warning) => `warning: ${warning}`)];
    const lines = notes.map((note) => `        ${printable(note)}\n`).join("");
    process.stdout.write(`${verdict.padEnd(7)} ${printable(dump.replace(/\.dump\.sql$/, ""))}\n${lines}`);
  }
  process.stdout.write(`${dumps.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

/** Throws OperatorError if the folder has no dump, or has a file that belongs to no dump. */
function filesIn(folder: string): readonly string[] {
  let files: readonly string[];
  try {
    files = readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(`cannot read the folder ${quoted(folder)} (${code})`);
  }
  const names = files.filter((file) => file.endsWith(".dump.sql")).map((file) => FILE.exec(file)?.[1]);
  const alone = files.find((file) => FILE.test(file) && !names.includes(FILE.exec(file)?.[1]));
  if (alone)
    throw new OperatorError(
      `${quoted(alone)} has no matching ${FILE.exec(alone)?.[1]}.dump.sql in the folder`,
    );
  if (names.length === 0) throw new OperatorError(`the folder ${quoted(folder)} has no files NAME.dump.sql`);
  return files;
}

async function outcomeOf(
  folder: string,
  files: readonly string[],
  dump: string,
  config: Config,
  stopped: Promise<never>,
): Promise<Outcome> {
  const [, name = "", dialect] = FILE.exec(dump) ?? [];
  const textOf = (file: string) => readFileSync(join(folder, file), "utf8");
  /** Returns the file of the same dialect if there is one, otherwise the file for both dialects. */
  const beside = (ending: string) =>
    [dump.replace("dump.sql", ending), `${name}.${ending}`].find((file) => files.includes(file));
  try {
    const own = beside("profile.sql");
    const known = own
      ? [parseProfile(name, textOf(own))]
      : shippedProfiles().filter((one) => one.name === name);
    const profile = known.findLast((one) => one.dialect === (dialect ?? one.dialect));
    if (!profile) throw new OperatorError(`no ${name}.profile.sql, and no shipped profile of that name`);
    const expected = beside("expected.json");
    if (!expected)
      throw new OperatorError(
        `no ${name}.expected.json: create it with the expected figures, such as {"queue": {"counts": {"queued": 3}}}`,
      );
    const figures = parsedJson(expected, textOf(expected));
    const temporary = await temporaryDatabase(profile.dialect, config.database[0]?.place ?? "");
    try {
      // The dump says nothing about this machine's processes, host names and log files.
      const alone = { ...config, procRoot: "/nowhere", localHost: [], logContent: false };
      const test = {
        ...alone,
        database: [{ name: "", place: temporary.database }],
        profile: own ? join(folder, own) : name,
      };
      const reading = temporary.load(textOf(dump)).then(() => outcomeOver(test, figures));
      const { problems, warnings } = await Promise.race([reading, stopped]);
      return { problems: [...new Set([...problems, ...fileProblems(profile)])], warnings };
    } finally {
      await temporary.remove();
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { problems: [error.message], warnings: [] };
  }
}

function parsedJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatorError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

function outcomeOver(config: Config, figures: unknown): Promise<Outcome> {
  const work = async (sources: OpenSources): Promise<Outcome> => {
    const envelope = await createMetricsService(sources).metrics([]);
    const failures = sectionErrors(envelope).flatMap(([name, error]) =>
      error && hasFailed(error) ? [`${name}: ${error.code}: ${error.message}`] : [],
    );
    const examinations = (await sources.repository.examine?.()) ?? [];
    const problems = examinations.flatMap((examination) => examination.problems);
    const differing = differences(figures, JSON.parse(envelopeText(envelope)), "");
    return {
      // A problem of a SELECT also fails its section.
      problems: [...(problems.length > 0 ? problems : failures), ...differing],
      warnings: examinations.flatMap(({ warnings }) => warnings),
    };
  };
  return withSources(config, work, { log: createLogger("warn") });
}
