/** `orch-watchdog report`: what runs cost, and on what, from a running watchdog or from the history's file. */
import { existsSync } from "node:fs";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import type { PastRun, Runs } from "../api.ts";
import { asking } from "../ask.ts";
import { type Config, SETTINGS } from "../config/settings.ts";
import { openRunsOf } from "../history/file.ts";
import type { Stretch } from "../history/runs-table.ts";
import { reasonOf } from "../reason.ts";
import { count } from "../words.ts";
import { dateAndTimeIn, dateIn, parseTime } from "./period.ts";
import { columnsOf, columnsShown, createSummary, type Sums } from "./summary.ts";
import { toCsv, toJson, toTable } from "./text.ts";

type ReportConfig = Pick<Config, "watchdog" | "history" | "since" | "until" | "by" | "format" | "timeZone">;

/** Where the runs come from; `name` is for people. */
interface Source extends Disposable {
  readonly name: string;
  readonly page: (of: Stretch) => Promise<Pick<Runs, "now" | "runs" | "next"> & Partial<Runs>>;
}

const HOUR = 3_600_000;

export async function report(config: ReportConfig): Promise<void> {
  const { by, format, timeZone: zone } = config;
  using source = await openSource(config);
  // By the clock that took the times.
  const { now, recording } = await source.page({ from: 0, to: 1, before: 0 });
  const [from = 0, to = 0] = [config.since, config.until].map((text) => parseTime(text, zone, now));
  if (from >= to) throw new UsageError("--since must be before --until");
  const summary = createSummary(by, dateIn(zone));
  // Runs that still run are seen again while this reads.
  const end = to < now ? to : to + HOUR;
  for await (const run of runsOf(source, from, end)) summary.add(run);
  const [rows, total, note] = [summary.rows(), summary.total(), recording?.note];
  if (format === "csv") return print(toCsv(columnsOf(by), rows));
  if (format === "json")
    return print(toJson({ since_at: from, until_at: to, time_zone: zone, by, rows, total, note }));
  const time = dateAndTimeIn(zone);
  print(
    [
      `Runs that ended from ${time(from)} to ${time(to)}, ${zone}; from ${source.name}.\n\n`,
      rows.length > 0 ? toTable(columnsShown(by, rows), rows, { ...total }, time) : "None.\n",
      ...notesOf(total, note).map((text) => `\n${text}\n`),
    ].join(""),
  );
}

function print(text: string): void {
  process.stdout.write(text);
}

function notesOf({ runs, running, unpriced_runs: unpriced }: Sums, note = ""): readonly string[] {
  return [
    unpriced > 0 &&
      `The cost of ${unpriced.toLocaleString("en-US")} of ${count(runs, "run")} is unknown, and not in the sums.`,
    running > 0 && `${count(running, "run")} had not ended when last seen: the figures are those of then.`,
    note !== "" && `The watchdog's history: ${note}.`,
  ].filter((text) => text !== false);
}

/** The newest first, each once, though runs move while they are read. */
async function* runsOf(source: Source, from: number, to: number): AsyncGenerator<PastRun> {
  const seen = new Set<number>();
  let place: { readonly to: number; readonly before: number } | undefined = { to, before: 0 };
  while (place) {
    const { runs, next }: Pick<Runs, "runs" | "next"> = await source.page({ from, ...place });
    for (const run of runs) if (!seen.has(run.id)) yield run;
    for (const { id } of runs) seen.add(id);
    place = next;
  }
}

/** A file that is named, unless a watchdog has it open; else the watchdog, and if none answers, the usual file. */
async function openSource({ watchdog: url, history }: ReportConfig): Promise<Source> {
  const isNamed = history !== SETTINGS.history.fallback && history !== "none";
  const mayRead = url === SETTINGS.watchdog.fallback;
  if (isNamed && mayRead && !existsSync(history))
    throw new OperatorError(`there is no file ${history}: choose another with --history`);
  const file = isNamed && mayRead ? openFile(history) : undefined;
  if (file) return file;
  const ask = asking(url);
  const asked: Source = {
    name: `the watchdog at ${url}`,
    async page({ from, to, before }) {
      const answer = await ask<Runs>(`/api/runs?from=${from}&to=${to}&before=${before}`);
      if (Array.isArray(answer.runs)) return answer;
      throw new OperatorError(`cannot read the watchdog at ${url}: its answer is not a watchdog's`);
    },
    [Symbol.dispose]: () => {},
  };
  try {
    await asked.page({ from: 0, to: 1, before: 0 });
    return asked;
  } catch (error) {
    const usual = mayRead && !isNamed && existsSync(history) ? openFile(history) : undefined;
    if (usual) return usual;
    throw error;
  }
}

/** Undefined while a watchdog has it open. */
function openFile(path: string): Source | undefined {
  try {
    const runs = openRunsOf(path);
    if (!runs) throw new OperatorError("this version did not write it");
    return {
      name: path,
      page: async (of) => ({ now: Date.now(), ...runs.page(of) }),
      [Symbol.dispose]: runs.close,
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === "SQLITE_BUSY") return undefined;
    throw new OperatorError(`cannot read the history ${path}: ${reasonOf(error)}`);
  }
}
