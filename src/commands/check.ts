/** `orch-metrics check`: reads every source once and says what it found; exits with 1 if one fails. */
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { printable } from "../../shared/printable.ts";
import { withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { fileProblems } from "../profiles/profile.ts";
import type { SectionExamination } from "../repositories/repository.ts";
import { counted } from "../repositories/sql/examine.ts";
import type { Config } from "../settings.ts";
import { NO_PROCFS } from "../sources.ts";
import { withSources } from "./with-sources.ts";

/** Resolves with the exit code: 1 if a source fails. */
export function check(config: Config): Promise<number> {
  return withSources(config, async (sources) => {
    const envelope = await createMetricsService(sources).metrics([]);
    const found = describe(envelope);
    let failed = 0;
    const errors = sectionErrors(envelope);
    const [[, cause] = []] = errors;
    // Nothing of the store could be read, for one reason. This command does not try again.
    const isUnread = envelope.sourceEpoch === "" && cause !== undefined;
    if (isUnread) {
      const message = cause.message.replace(/; (it is (read|tried)|the (next )?reading) .*$/, "");
      line("FAILED", "database", `${withoutSecrets(config.database)}: ${cause.code}: ${message}`);
      failed += 1;
    }
    for (const [name, error] of isUnread ? [] : errors) {
      const isFailed = hasFailed(error);
      if (isFailed) failed += 1;
      const told = isFailed ? `${error?.code}: ${error?.message}` : error?.message;
      line(isFailed ? "FAILED" : error ? "none" : "ok", name, told ?? found[name] ?? "");
    }
    for (const warning of (await sources.repository.warnings?.()) ?? []) line("warning", "role", warning);
    const { clockTicksPerSecond, bootId } = sources.procfs;
    const procfs = clockTicksPerSecond > 0;
    line(
      procfs ? "ok" : "warning",
      "procfs",
      procfs ? `${clockTicksPerSecond} clock ticks per second${bootId ? "" : ", no boot id"}` : NO_PROCFS,
    );
    const examinations = (await sources.repository.examine?.()) ?? [];
    const listed = examinations.flatMap(({ problems }) => problems);
    for (const problem of fileProblems(sources.profile)) {
      failed += 1;
      // A section that there is none of is not examined.
      if (!listed.includes(problem)) line("FAILED", "profile", problem);
    }
    if (examinations.length > 0) process.stdout.write("\nThe SELECTs of the profile:\n");
    for (const examination of examinations) process.stdout.write(`${describeExamination(examination)}\n`);
    return failed > 0 || examinations.some(({ problems }) => problems.length > 0) ? 1 : 0;
  });
}

function line(verdict: string, name: string, text: string): void {
  process.stdout.write(`${verdict.padEnd(7)} ${name.padEnd(15)} ${printable(text)}\n`);
}

function describe({ stages, queue, agents, cost }: GetMetricsResponse): Record<string, string> {
  const sum = (counts: Record<string, number> | undefined) =>
    Object.values(counts ?? {}).reduce((total, value) => total + value, 0);
  const running = agents?.running ?? [];
  return {
    stages: `${sum(stages?.counts)} active tasks in ${Object.keys(stages?.counts ?? {}).length} stages`,
    queue: `${sum(queue?.counts)} jobs, ${queue?.counts.queued ?? 0} queued, ${queue?.counts.running ?? 0} running`,
    "queue.running": `${queue?.running?.items.length ?? 0} running jobs`,
    "queue.breakers": `${queue?.breakers?.items.length ?? 0} breakers`,
    "queue.gates": `${queue?.gates?.items.length ?? 0} gates`,
    agents: `${running.length + (agents?.runningOmitted ?? 0)} running, ${running.filter((run) => run.process).length} of their processes seen`,
    cost: `${cost?.totals?.runs ?? 0} runs, ${cost?.totals?.pricedRuns ?? "an unknown number"} of them priced, ${cost?.totals?.costUsd ?? "unknown"} USD`,
  };
}

/** What a SELECT of the profile returned, how long it took, and how the database reads it. */
function describeExamination(examination: SectionExamination): string {
  const { section, line, problems, warnings, rows, milliseconds, visits, plan, readInPieces } = examination;
  const head = `  ${section} (line ${line}):`;
  const lines = [
    ...problems.map((problem) => `FAILED ${problem}`),
    ...warnings.map((warning) => `warning ${warning}`),
    ...(problems.length > 0 ? [] : plan),
  ];
  const of = visits ? ` of ${counted(visits)} visited` : "";
  const which = readInPieces ? " that can still change (the others are read in pieces)" : "";
  const found = problems.length > 0 ? "" : ` ${rows} rows${of}${which}, ${milliseconds?.toFixed(1)} ms`;
  return `${head}${found}${lines.map((text) => `\n    ${printable(text)}`).join("")}`;
}
