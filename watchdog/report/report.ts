/** `orch-watchdog report`: prints the past runs of a running watchdog, and what they cost. */
import { printErrors } from "../../shared/command-output.ts";
import { UsageError } from "../../shared/operator-error.ts";
import type { Runs } from "../api.ts";
import { asking } from "../ask.ts";
import type { Config } from "../config/settings.ts";
import { toCsv, toJson, toTable } from "./text.ts";

type ReportConfig = Pick<Config, "watchdog" | "since" | "until" | "by" | "format">;

/** The watchdog can poll a running agent again before it answers. */
const MARGIN_MILLISECONDS = 60_000;

export async function report({ watchdog, since, until, by, format }: ReportConfig): Promise<void> {
  const now = Date.now();
  if (since >= (until ?? now)) throw new UsageError("--since must be before --until (default: now)");
  const to = until ?? now + MARGIN_MILLISECONDS;
  const runs = await asking(watchdog)<Runs>(`/api/runs?from=${since}&to=${to}&by=${by}`, "rows");
  const text = {
    table: () => toTable(runs, since, until ?? now),
    json: () => toJson(runs, since, until ?? now),
    csv: () => toCsv(runs),
  };
  process.stdout.write(text[format]());
  const { note } = runs.recording;
  if (note !== undefined) printErrors("orch-watchdog", [`history: ${note}`]);
  if (runs.isCut) printErrors("orch-watchdog", ["only the first rows are printed: choose a shorter period"]);
}
