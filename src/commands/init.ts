/** `orch-metrics init`: drafts a profile for a database that no shipped profile fits, and checks it. */
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { createLogger } from "../../shared/log.ts";
import { didYouMean, nearest } from "../../shared/nearest.ts";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { quoted } from "../../shared/read-settings.ts";
import { holdsPassword, withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { aligned } from "../../shared/settings-help.ts";
import { readCatalog } from "../drafting/catalog.ts";
import { draft } from "../drafting/draft.ts";
import { type Ranked, rankTables, reason } from "../drafting/rank.ts";
import { parseProfile } from "../profiles/parse.ts";
import { shippedFor } from "../profiles/shipped.ts";
import { isSeveral } from "../repositories/database-places.ts";
import { isPostgresqlUrl } from "../repositories/database-url.ts";
import { isWhole } from "../repositories/detect.ts";
import { databaseOpener } from "../repositories/open-database.ts";
import { onceOnly, SourceError } from "../repositories/source-failure.ts";
import type { Config } from "../settings.ts";
import { checkOnce } from "./check.ts";

const SHOWN = 3;

/** For the reader process to start on a busy machine. Each SELECT has its own limit. */
const PATIENCE_SECONDS = 30;

/** Prints to standard error, since standard output receives the draft. */
const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Resolves with the exit code of the draft's check. */
export async function init(config: Config): Promise<number> {
  const { output } = config;
  refuseExisting(output);
  const place = placeOf(config);
  const { table, text } = await drafted(config, place);
  if (output === null) process.stdout.write(text);
  else write(output, text);
  say(`drafted a profile from the table ${printable(table)}; check of the draft:\n`);
  const code = await checkOnce(config, {
    profile: parseProfile("draft", text),
    write: (line) => process.stderr.write(line),
  });
  if (output === null) say("\nto save the draft, use --output FILE");
  else {
    const path = /^\.{0,2}\//.test(output) ? output : `./${output}`;
    // A URL with a password came from the environment variable, which also applies to the next command.
    const database = holdsPassword(place) ? "" : `--database ${shellWord(place)} `;
    const flags = `${database}--profile ${shellWord(path)}`;
    say(`\ncheck the profile while you edit it: orch-metrics check ${flags} --watch`);
    say(`use the profile: orch-metrics serve ${flags}`);
  }
  return code;
}

async function drafted(config: Config, place: string) {
  const dialect = isPostgresqlUrl(place) ? "postgresql" : "sqlite";
  const log = createLogger(config.logLevel);
  const openDatabase = await databaseOpener(dialect);
  const repository = openDatabase(place, {
    profile: parseProfile("none", ""),
    onUnexpected: (error) => log.error({ err: error }, "unexpected error"),
    ...(dialect === "sqlite" && { deadlineSeconds: PATIENCE_SECONDS }),
  });
  try {
    const fits = await repository.fits(shippedFor(dialect));
    for (const { profile } of fits.ok ? fits.value.filter(isWhole) : [])
      say(`the database fits the shipped profile ${profile}: use --profile ${profile}`);
    const catalog = await readCatalog(repository, dialect);
    const ranked = await rankTables(catalog);
    if (ranked.length === 0)
      throw new OperatorError(
        "the database has no tables yet: run init again once the orchestrator has created them",
      );
    const { table, roles } = config.table === null ? await choose(ranked) : named(config.table, ranked);
    const text = await draft(catalog, table, roles);
    if (text !== undefined) return { table: table.name, text };
    throw new OperatorError(
      `the table ${quoted(table.name)} has no status, no start and end, and no cost: choose another with --table`,
    );
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const { code, message } = error.failure;
    throw new OperatorError(`${withoutSecrets(place)}: ${code}: ${onceOnly(message)}`);
  } finally {
    await repository.close();
  }
}

/** Returns the only place. Throws UsageError if several are configured. */
function placeOf({ database }: Config): string {
  const [only] = database;
  if (only && !isSeveral(database)) return only.place;
  throw new UsageError("init reads one database: use --database once, without a pattern");
}

/** Asks which table to use on a terminal. Otherwise returns the first. */
async function choose(ranked: readonly Ranked[]): Promise<Ranked> {
  const best = ranked.slice(0, SHOWN);
  const rows = best.map((one, index) => [
    `  ${index + 1}. ${printable(one.table.name)}`,
    printable(reason(one)),
  ]);
  say(`${ranked.length} tables; most likely to hold jobs or runs:\n${aligned(rows).join("\n")}`);
  const [first] = best as [Ranked];
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say("using the first; choose another with --table");
    return first;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = once(terminal, "close").then(() => {
    throw new OperatorError("no table chosen: use --table");
  });
  const asked = terminal.question("Which table, by number or name? [1] ");
  const answer = (await Promise.race([asked, closed])).trim();
  closed.catch(() => {});
  terminal.close();
  return best[Number(answer || 1) - 1] ?? named(answer, ranked);
}

function named(name: string, ranked: readonly Ranked[]): Ranked {
  const names = ranked.map(({ table }) => table.name);
  const unqualified = names.map((full) => full.slice(full.indexOf(".") + 1));
  const found = ranked[names.indexOf(name)] ?? ranked[unqualified.indexOf(name)];
  if (found) return found;
  const near = nearest(name, names) ?? names[unqualified.indexOf(nearest(name, unqualified) ?? "")];
  const hint = didYouMean(near) || `: choose one of ${names.slice(0, 5).map(quoted).join(", ")}`;
  throw new UsageError(`the database has no table ${quoted(name)}${hint}`);
}

function refuseExisting(output: string | null): void {
  if (output === null || !existsSync(output)) return;
  throw new UsageError(`--output: ${quoted(output)} already exists: choose another name, or remove the file`);
}

function write(output: string, text: string): void {
  try {
    writeFileSync(output, text, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") refuseExisting(output);
    throw new OperatorError(`--output: cannot write ${quoted(output)} (${code}): choose another name`);
  }
}

function shellWord(text: string): string {
  return /^[\w./:@=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
