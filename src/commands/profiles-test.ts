/** `orch-metrics profiles test`: reads dumps of databases as the service does, and compares the figures with expected ones. */
import { forceExit } from "../../shared/force-exit.ts";
import { createLogger } from "../../shared/log.ts";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { fileProblems } from "../profiles/profile.ts";
import { ProfileError } from "../profiles/shipped.ts";
import { isPostgresqlUrl } from "../repositories/database-url.ts";
import { envelopeText } from "../server/json.ts";
import type { Config } from "../settings.ts";
import { openSources } from "../sources.ts";
import { differences } from "./differences.ts";
import { type TemporaryDatabase, temporaryDatabase } from "./temporary-database.ts";
import { type TestCase, testCases } from "./test-cases.ts";
import { untilHistoryRead } from "./with-sources.ts";

interface Outcome {
  /** Why the test fails, if there is any. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Resolves with the exit code: 1 if a test fails. */
export async function profilesTest(folder: string, config: Config): Promise<number> {
  if (config.database !== "" && !isPostgresqlUrl(config.database))
    throw new UsageError(
      "--database is for tests of PostgreSQL alone: give a postgres:// URL, or leave it out",
    );
  const cases = testCases(folder);
  const stopped = untilStopped().then((signal): never => {
    throw new OperatorError(`stopped by ${signal}`);
  });
  // It may come between two tests.
  stopped.catch(() => {});
  let failed = 0;
  for (const one of cases) {
    const { problems, warnings } = await outcomeOf(one, config, stopped);
    const verdict = problems.length > 0 ? "FAILED" : "ok";
    if (problems.length > 0) failed += 1;
    const notes = [...problems, ...warnings.map((warning) => `warning: ${warning}`)];
    const lines = [`${verdict.padEnd(7)} ${one.title}`, ...notes.map((note) => `        ${printable(note)}`)];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
  forceExit();
  return failed > 0 ? 1 : 0;
}

async function outcomeOf(one: TestCase, config: Config, stopped: Promise<never>): Promise<Outcome> {
  try {
    const { dump, profile, profileName, expected } = one.read();
    if (profile.dialect === "postgresql" && config.database === "")
      throw new OperatorError(
        "it is for PostgreSQL: give --database postgres://ROLE@HOST/DATABASE, a server on which the test may create a database",
      );
    await using temporary = await temporaryDatabase(profile.dialect, config.database);
    const { database } = temporary;
    // Processes and log files are this machine's, and not the dump's.
    const alone = { ...config, database, profile: profileName, procRoot: "/nowhere", logContent: false };
    const found = load(temporary, dump).then(() => read(alone, expected));
    const { problems, warnings } = await Promise.race([found, stopped]);
    return { problems: [...new Set([...problems, ...fileProblems(profile)])], warnings };
  } catch (error) {
    if (!(error instanceof OperatorError || error instanceof ProfileError)) throw error;
    return { problems: [error.message], warnings: [] };
  }
}

async function load(temporary: TemporaryDatabase, dump: string): Promise<void> {
  try {
    await temporary.load(dump);
  } catch (error) {
    // PostgreSQL alone says where.
    const { message, position } = error as Error & { readonly position?: string };
    const line = position ? `line ${dump.slice(0, Number(position)).split("\n").length} of ` : "";
    throw new OperatorError(`${line}the dump cannot be loaded: ${message}`);
  }
}

async function read(config: Config, expected: unknown): Promise<Outcome> {
  const sources = await openSources(config, createLogger("warn"));
  try {
    await untilHistoryRead(sources.repository);
    const envelope = await createMetricsService(sources).metrics([]);
    const failures = sectionErrors(envelope).flatMap(([name, error]) =>
      error && hasFailed(error) ? [`${name}: ${error.code}: ${error.message}`] : [],
    );
    const examinations = (await sources.repository.examine?.()) ?? [];
    const problems = examinations.flatMap((examination) => examination.problems);
    const differing = differences(expected, JSON.parse(envelopeText(envelope)), "");
    return {
      // What is wrong with a SELECT is its section's failure too.
      problems: [...(problems.length > 0 ? problems : failures), ...differing],
      warnings: examinations.flatMap(({ warnings }) => warnings),
    };
  } finally {
    await sources.close();
  }
}
