/** `orch-metrics check`: reads every source once and reports what it found. Exits with 1 if a source fails. */
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { printable } from "../../shared/printable.ts";
import { withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { AUTO_PROFILE } from "../open-store.ts";
import { fileProblems, type Profile } from "../profiles/profile.ts";
import type { SectionExamination } from "../repositories/repository.ts";
import { onceOnly } from "../repositories/source-failure.ts";
import { counted } from "../repositories/sql/examine.ts";
import type { Config } from "../settings.ts";
import { NO_PROCFS, type OpenSources } from "../sources.ts";
import { withSources } from "./with-sources.ts";

interface CheckOptions {
  /** Replaces the configured profile. */
  readonly profile?: Profile;
  readonly write?: (text: string) => void;
}

/** Resolves with the exit code: 1 if a source fails. With --watch it is the exit code of the last check. */
export async function check(config: Config): Promise<number> {
  const once = () => checkOnce(config);
  return config.watch ? (await import("./check-again.ts")).checkAgain(config.profile, once) : once();
}

/** Runs the check once. Resolves with the exit code. */
export function checkOnce(config: Config, options: CheckOptions = {}): Promise<number> {
  const { profile, write = (text) => void process.stdout.write(text) } = options;
  const line = (verdict: string, name: string, text: string) =>
    write(`${verdict.padEnd(7)} ${name.padEnd(15)} ${printable(text)}\n`);
  const work = async (sources: OpenSources) => {
    const envelope = await createMetricsService(sources).metrics([]);
    const found = describe(envelope);
    let failed = 0;
    const errors = sectionErrors(envelope);
    const [[, cause] = []] = errors;
    // Every section failed for one reason, so one line replaces a line for each section.
    const isUnread = envelope.sourceEpoch === "" && cause !== undefined;
    if (isUnread) {
      const place = config.database.map((one) => withoutSecrets(one.place)).join(", ") || "files";
      line("FAILED", "database", `${place}: ${cause.code}: ${onceOnly(cause.message)}`);
      failed += 1;
    }
    for (const [name, error] of isUnread ? [] : errors) {
      const isFailed = hasFailed(error);
      if (isFailed) failed += 1;
      const text = isFailed ? `${error?.code}: ${error?.message}` : error?.message;
      line(isFailed ? "FAILED" : error ? "none" : "ok", name, text ?? found[name] ?? "");
    }
    for (const warning of (await sources.repository.warnings?.()) ?? []) line("warning", "role", warning);
    const { clockTicksPerSecond, bootId } = sources.procfs;
    const procfs = clockTicksPerSecond > 0;
    line(
      procfs ? "ok" : "warning",
      "procfs",
      procfs ? `${clockTicksPerSecond} clock ticks per second${bootId ? "" : ", no boot ID"}` : NO_PROCFS,
    );
    const examinations = (await sources.repository.examine?.()) ?? [];
    const listed = examinations.flatMap(({ problems }) => problems);
    const used = sources.profile();
    if (config.profile === AUTO_PROFILE && used && !profile)
      line("ok", "profile", `${used.name}, detected from the tables of the database`);
    const instead = await sources.fitsInstead();
    if (instead) {
      failed += 1;
      line("FAILED", "profile", `the database fits another profile: use --profile ${instead}`);
    }
    for (const problem of fileProblems(used)) {
      failed += 1;
      // The examination does not cover sections that the profile does not map.
      if (!listed.includes(problem)) line("FAILED", "profile", problem);
    }
    if (examinations.length > 0) write("\nSELECT statements of the profile:\n");
    for (const examination of examinations) write(`${describeExamination(examination)}\n`);
    return failed > 0 || examinations.some(({ problems }) => problems.length > 0) ? 1 : 0;
  };
  return withSources(config, work, { profile });
}

/** Describes the contents of each section. */
export function describe({ stages, queue, agents, cost }: GetMetricsResponse): Record<string, string> {
  const sum = (counts: Record<string, number> | undefined) =>
    Object.values(counts ?? {}).reduce((total, value) => total + value, 0);
  const running = agents?.running ?? [];
  return {
    stages: `${sum(stages?.counts)} active tasks in ${Object.keys(stages?.counts ?? {}).length} stages`,
    queue: `${sum(queue?.counts)} jobs, ${queue?.counts.queued ?? 0} queued, ${queue?.counts.running ?? 0} running`,
    "queue.running": `${queue?.running?.items.length ?? 0} running jobs`,
    "queue.breakers": `${queue?.breakers?.items.length ?? 0} breakers`,
    "queue.gates": `${queue?.gates?.items.length ?? 0} gates`,
    agents: `${running.length + (agents?.runningOmitted ?? 0)} running, ${running.filter((run) => run.process).length} with a visible process`,
    cost: `${cost?.totals?.runs ?? 0} runs, ${cost?.totals?.pricedRuns ?? "an unknown number"} with a price, ${cost?.totals?.costUsd ?? "unknown"} USD`,
  };
}

/** Formats what a SELECT of the profile returned, how long it took, and how the database runs it. */
function describeExamination(examination: SectionExamination): string {
  const { section, line, problems, warnings, rows, milliseconds, visits, plan, readInPieces } = examination;
  const head = `  ${section} (line ${line}):`;
  const lines = [
    ...problems.map((problem) => `FAILED ${problem}`),
    ...warnings.map((warning) => `warning ${warning}`),
    ...(problems.length > 0 ? [] : plan),
  ];
  const of = visits ? ` of ${counted(visits)} visited` : "";
  const which = readInPieces ? " that can still change (finished rows are read in batches)" : "";
  const found = problems.length > 0 ? "" : ` ${rows} rows${of}${which}, ${milliseconds?.toFixed(1)} ms`;
  return `${head}${found}${lines.map((text) => `\n    ${printable(text)}`).join("")}`;
}
