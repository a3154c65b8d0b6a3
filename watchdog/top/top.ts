/** `orch-watchdog top`: the agents of a running watchdog, live in the terminal. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { OperatorError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import type { Fleet, Silence, SilenceRequest, Target, TargetSummary } from "../api.ts";
import { type Ask, asking } from "../ask.ts";
import { readTokens } from "../config/files.ts";
import type { Config } from "../config/settings.ts";
import { agentAddress } from "../page/route.ts";
import { type Row, tableOf } from "./columns.ts";
import { type Action, pressed } from "./keys.ts";
import { screen, troubles } from "./screen.ts";
import { openTerminal } from "./terminal.ts";
import { paneOf, showPane } from "./tmux.ts";
import { type Answer, listed, START, selectedIndex, type View } from "./view.ts";

const POLL_MILLISECONDS = 1_000;
const SILENCE_SECONDS = 3_600;

type ClientConfig = Pick<Config, "watchdog" | "silenceTokenFile">;

/** Runs until the user quits; where no terminal shows it, prints the table once. */
export async function top({ watchdog: url, silenceTokenFile }: ClientConfig): Promise<void> {
  const token = silenceTokenFile === null ? undefined : readTokens(silenceTokenFile)[0];
  const isShown = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb";
  return isShown ? live(url, token) : print(url);
}

async function print(url: string): Promise<void> {
  const view = { ...START, answer: await answered(asking(url)) };
  const rows = listed(view);
  const { heading, line } = tableOf(rows, Number.POSITIVE_INFINITY);
  const lines = [heading, ...rows.map(line)].map((text) => `${text.trimEnd()}\n`);
  process.stdout.write(lines.join(""));
  process.stderr.write(
    troubles(view)
      .map((text) => `${printable(text)}\n`)
      .join(""),
  );
}

async function live(url: string, token: string | undefined): Promise<void> {
  let view = START;
  const stopping = new AbortController();
  const { signal } = stopping;
  void untilStopped().then(() => stopping.abort());
  const ask = asking(url, token, signal);
  /** Aborted once what is held is known to be old. */
  let changed = new AbortController();
  const terminal = openTerminal({
    key(key) {
      const next = pressed(view, key, listed(view));
      if (typeof next === "string") void act(next);
      else show({ message: "", ...next });
    },
    resized: () => show({}),
  });
  function show(change: Partial<View>): void {
    view = { ...view, ...change };
    terminal.draw(screen(view, terminal.size, styleText));
  }
  async function act(action: Action): Promise<void> {
    if (action === "quit") return stopping.abort();
    const rows = listed(view);
    const row = rows[selectedIndex(view, rows)];
    const target = view.answer?.targets.find(({ summary }) => summary.name === row?.target);
    if (!row || !target) return show({ message: "no agent is selected" });
    const message = await actions[action](row, target).catch((error: unknown) => {
      if (error instanceof OperatorError) return error.message;
      throw error;
    });
    show({ message });
  }
  const actions: Readonly<Record<Exclude<Action, "quit">, (row: Row, target: Target) => Promise<string>>> = {
    async silence(row, target) {
      const message = await silenced(ask, row, target);
      changed.abort();
      return message;
    },
    async page({ target, runId }) {
      const address = `${url}/${agentAddress(target, runId)}`;
      const opener = process.platform === "darwin" ? "open" : "xdg-open";
      spawn(opener, [address], { stdio: "ignore", detached: true })
        .on("error", () => {})
        .unref();
      return `page: ${address}`;
    },
    async pane({ runId }, target) {
      const pane = await paneOf(target, runId);
      if (typeof pane === "string") return `no tmux pane: ${pane}`;
      await terminal.lend(() => showPane(pane, signal));
      return `tmux pane ${pane.id}`;
    },
  };
  try {
    show({});
    while (!signal.aborted) {
      const held = changed.signal.aborted ? undefined : view.answer;
      if (!held) changed = new AbortController();
      await answered(ask, held).then(
        (answer) => show({ answer, failure: "" }),
        (error: unknown) => {
          if (!(error instanceof OperatorError)) throw error;
          show({ failure: error.message });
        },
      );
      const either = AbortSignal.any([signal, changed.signal]);
      await sleep(POLL_MILLISECONDS, undefined, { signal: either }).catch(() => {});
    }
  } finally {
    terminal.close();
  }
}

/** A target whose summary is the same as in the answer before is not asked for again. */
async function answered(ask: Ask, before?: Answer): Promise<Answer> {
  const { now, targets } = await ask<Fleet>("/api/fleet");
  if (!Array.isArray(targets))
    throw new OperatorError("the answer is not a watchdog's: give its address with --watchdog");
  const held = new Map(before?.targets.map((target) => [JSON.stringify(target.summary), target]));
  const read = ({ name }: TargetSummary) => ask<Target>(`/api/targets/${encodeURIComponent(name)}`);
  return {
    now,
    targets: await Promise.all(targets.map((summary) => held.get(JSON.stringify(summary)) ?? read(summary))),
  };
}

/** Silences what fires about the agent, or ends that. Resolves with what it did. */
async function silenced(ask: Ask, { agent, runId, isSilenced }: Row, { alerts }: Target): Promise<string> {
  const own = alerts.filter(({ labels }) => labels.run_id === runId);
  if (own.length === 0) return `no alert is open for ${agent} (run ${runId})`;
  for (const { fingerprint, silence } of own) {
    if (isSilenced && silence)
      await ask<Silence>(`/api/silences/${encodeURIComponent(silence.id)}`, { method: "DELETE" });
    const wanted: SilenceRequest = { fingerprint, seconds: SILENCE_SECONDS, comment: "orch-watchdog top" };
    if (!isSilenced) await ask<Silence>("/api/silences", { method: "POST", body: JSON.stringify(wanted) });
  }
  const rules = own.map(({ rule }) => rule).join(", ");
  return isSilenced ? `no longer silenced: ${rules}` : `silenced for an hour: ${rules}; m ends it`;
}
