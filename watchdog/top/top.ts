/** `orch-watchdog top`: shows the agents of a running watchdog in the terminal. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { OperatorError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import type { Fleet, Silence, SilenceRequest, Target } from "../api.ts";
import { type Ask, asking } from "../ask.ts";
import { readTokens } from "../config/files.ts";
import type { Config } from "../config/settings.ts";
import { agentAddress } from "../page/route.ts";
import { numberOf } from "../words/numbers.ts";
import { type Action, pressed } from "./keys.ts";
import { screen, troubles } from "./screen.ts";
import { tableOf } from "./table.ts";
import { openTerminal } from "./terminal.ts";
import { paneOf, showPane } from "./tmux.ts";
import { type Answer, alertsOf, listed, type Row, START, selectedIndex, type View } from "./view.ts";

const POLL_MILLISECONDS = 2_000;
const SILENCE_SECONDS = 3_600;

/** Runs until the user quits. Without a terminal, prints the table once. */
export async function top(config: Pick<Config, "watchdog" | "silenceTokenFile">): Promise<void> {
  const { watchdog: url, silenceTokenFile } = config;
  const token = silenceTokenFile === null ? undefined : readTokens(silenceTokenFile)[0];
  if (process.stdin.isTTY && process.stdout.isTTY) return live(url, token);
  print({ ...START, answer: await answered(asking(url)) });
}

function print(view: View): void {
  const rows = listed(view);
  const { heading, line } = tableOf(rows, Number.POSITIVE_INFINITY);
  for (const text of [heading, ...rows.map(line)]) process.stdout.write(`${text.trimEnd()}\n`);
  for (const text of troubles(view)) process.stderr.write(`${printable(text)}\n`);
}

async function live(url: string, token: string | undefined): Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  void untilStopped().then(() => stopping.abort());
  const ask = asking(url, token, signal);
  let view = START;
  function show(change: Partial<View>): void {
    view = { ...view, ...change };
    terminal.draw(screen(view, process.stdout, styleText));
  }
  async function refresh(): Promise<void> {
    await answered(ask).then(
      (answer) => show({ answer, failure: "" }),
      (error: unknown) => show({ failure: messageOf(error) }),
    );
  }
  async function act(action: Action): Promise<void> {
    if (action === "quit") return stopping.abort();
    const rows = listed(view);
    const row = rows[selectedIndex(view, rows)];
    if (!row) return show({ message: "no agent is selected" });
    if (action === "page") return show({ message: openPage(url, row) });
    if (action === "silence") {
      show({ message: await silence(ask, row).catch(messageOf) });
      return refresh();
    }
    const run = row.target.envelope?.agents?.running?.find(({ run_id }) => run_id === row.runId);
    const pane = paneOf(row.pid, numberOf(run?.process?.start_ticks));
    if (pane === undefined) return show({ message: `no tmux pane of this machine runs ${row.agent}` });
    terminal.lend(() => showPane(pane));
    show({ message: `tmux pane ${pane}` });
  }
  const terminal = openTerminal(
    (key) => {
      const next = pressed(view, key, listed(view));
      if (typeof next === "string") void act(next);
      else show({ message: "", ...next });
    },
    () => show({}),
  );
  try {
    show({});
    while (!signal.aborted) {
      await refresh();
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => {});
    }
  } finally {
    terminal.close();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  throw error;
}

async function answered(ask: Ask): Promise<Answer> {
  const fleet = await ask<Fleet>("/api/fleet", "targets");
  const paths = fleet.targets.map(({ name }) => `/api/targets/${encodeURIComponent(name)}`);
  return { fleet, targets: await Promise.all(paths.map((path) => ask<Target>(path, "agents"))) };
}

/** Opens the agent's page in the browser. Returns its address, which helps if there is no browser. */
function openPage(url: string, { target, runId }: Row): string {
  const address = `${url}/${agentAddress(target.summary.name, runId)}`;
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(opener, [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
  return `page: ${address}`;
}

/** Silences the agent's open alerts, or ends their silences. Returns a message. */
async function silence(ask: Ask, { agent, runId, target, isSilenced }: Row): Promise<string> {
  const alerts = alertsOf(target, runId);
  if (alerts.length === 0) return `no alert is open for ${agent} (run ${runId})`;
  for (const { fingerprint, silence: existing } of alerts) {
    const wanted: SilenceRequest = { fingerprint, seconds: SILENCE_SECONDS, comment: "orch-watchdog top" };
    if (!isSilenced)
      await ask<Silence>("/api/silences", "id", { method: "POST", body: JSON.stringify(wanted) });
    else if (existing)
      await ask<Silence>(`/api/silences/${encodeURIComponent(existing.id)}`, "id", { method: "DELETE" });
  }
  const rules = alerts.map(({ rule }) => rule).join(", ");
  return isSilenced ? `no longer silenced: ${rules}` : `silenced for an hour: ${rules}; m ends it`;
}
