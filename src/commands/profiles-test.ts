/** `orch-metrics profiles test`: reads dumps of databases as the service does, and compares the figures with expected ones. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { forceExit } from "../../shared/force-exit.ts";
import { createLogger } from "../../shared/log.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { quoted } from "../../shared/read-settings.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { parseProfile } from "../profiles/parse.ts";
import { fileProblems } from "../profiles/profile.ts";
import { ProfileError, shippedProfiles } from "../profiles/shipped.ts";
import { envelopeText } from "../server/json.ts";
import type { Config } from "../settings.ts";
import { differences } from "./differences.ts";
import { temporaryDatabase } from "./temporary-database.ts";
import { overSources } from "./with-sources.ts";

/** Before the ending a dialect may stand, as in `n8n.postgresql.dump.sql`. */
const FILE = /^(.+?)(?:\.(sqlite|postgresql))?\.(?:dump\.sql|profile\.sql|expected\.json)$/;

interface Outcome {
  /** Why the test fails, if there is any. */
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
  // It may come between two tests.
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
  forceExit();
  return failed > 0 ? 1 : 0;
}

/** Throws an OperatorError for a folder without a dump, or with a file that no dump belongs to. */
function filesIn(folder: string): readonly string[] {
  let files: readonly string[];
  try {
    files = readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(`the folder ${quoted(folder)} cannot be read (${code})`);
  }
  const names = files.filter((file) => file.endsWith(".dump.sql")).map((file) => FILE.exec(file)?.[1]);
  const alone = files.find((file) => FILE.test(file) && !names.includes(FILE.exec(file)?.[1]));
  if (alone) throw new OperatorError(`${quoted(alone)} has no ${FILE.exec(alone)?.[1]}.dump.sql beside it`);
  if (names.length === 0) throw new OperatorError(`the folder ${quoted(folder)} has no NAME.dump.sql`);
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
  /** The one of the same dialect, or else the one for both. */
  const beside = (ending: string) =>
    [dump.replace("dump.sql", ending), `${name}.${ending}`].find((file) => files.includes(file));
  try {
    const own = beside("profile.sql");
    const known = own
      ? [parseProfile(name, textOf(own))]
      : shippedProfiles().filter((one) => one.name === name);
    const profile = known.findLast((one) => one.dialect === (dialect ?? one.dialect));
    if (!profile)
      throw new OperatorError(`no ${name}.profile.sql, and no such profile comes with the program`);
    const expected = beside("expected.json");
    if (!expected)
      throw new OperatorError(
        `no ${name}.expected.json: write the figures that plain SQL gives, such as {"queue": {"counts": {"queued": 3}}}`,
      );
    const figures = parsedJson(expected, textOf(expected));
    await using temporary = await temporaryDatabase(profile.dialect, config.database);
    // Processes, hosts and log files are this machine's, and not the dump's.
    const alone = { ...config, procRoot: "/nowhere", localHost: [], logContent: false };
    const test = { ...alone, database: temporary.database, profile: own ? join(folder, own) : name };
    const reading = temporary.load(textOf(dump)).then(() => outcomeOver(test, figures));
    const { problems, warnings } = await Promise.race([reading, stopped]);
    return { problems: [...new Set([...problems, ...fileProblems(profile)])], warnings };
  } catch (error) {
    if (!(error instanceof OperatorError || error instanceof ProfileError)) throw error;
    return { problems: [error.message], warnings: [] };
  }
}

function parsedJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatorError(`${file} is no JSON: ${(error as Error).message}`);
  }
}

function outcomeOver(config: Config, figures: unknown): Promise<Outcome> {
  return overSources(config, createLogger("warn"), async (sources) => {
    const envelope = await createMetricsService(sources).metrics([]);
    const failures = sectionErrors(envelope).flatMap(([name, error]) =>
      error && hasFailed(error) ? [`${name}: ${error.code}: ${error.message}`] : [],
    );
    const examinations = (await sources.repository.examine?.()) ?? [];
    const problems = examinations.flatMap((examination) => examination.problems);
    const differing = differences(figures, JSON.parse(envelopeText(envelope)), "");
    return {
      // What is wrong with a SELECT is its section's failure too.
      problems: [...(problems.length > 0 ? problems : failures), ...differing],
      warnings: examinations.flatMap(({ warnings }) => warnings),
    };
  });
}
