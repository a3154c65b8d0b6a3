/** What `top` draws, what its keys do, and what `top` and `status` print without a terminal. */
import { writeFileSync } from "node:fs";
import type { Key } from "node:readline";
import { describe, expect, it, vi } from "vitest";
import type { Alert, Fleet, Target } from "../../watchdog/api.ts";
import { inWords, status, statusOf } from "../../watchdog/status.ts";
import { fitted, widthOf } from "../../watchdog/top/cells.ts";
import { pressed } from "../../watchdog/top/keys.ts";
import { type Size, screen } from "../../watchdog/top/screen.ts";
import { top } from "../../watchdog/top/top.ts";
import { listed, START, type View } from "../../watchdog/top/view.ts";
import { eventually } from "../support/service.ts";
import { cost, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, runWatchdog, watchInProcess } from "./support/watchdog.ts";

const NOW = 1_800_000_000_000;
const ESCAPES = "\x1b[2J\x9b31m\u202e";

type Agent = Target["agents"][number];

function agent(
  runId: string,
  name: Agent["verdict"]["name"],
  seconds: number,
  more: Partial<Agent> = {},
): Agent {
  const verdict = { name, evidence: `it is ${name}`, signals: [], since: NOW - seconds * 1000 };
  return { ...{ runId, agent: "developer", model: "large", taskId: `t${runId}`, verdict }, ...more };
}

const AGENTS = [
  agent("1", "working", 300, {
    program: "codex",
    cores: 1.93,
    logWrittenAt: NOW - 3_000,
    tokens: 98_000,
    costUsd: 0.42,
  }),
  agent("2", "hung", 70, { program: "claude", tokens: 1_234_567, costUsd: 3.4, logWrittenAt: NOW - 760_000 }),
  agent("3", "waiting_for_person", 9_000, { agent: "計画者", program: "vi" }),
  agent("4", "waiting_on_child", 5, { agent: `evil${ESCAPES}`, taskId: ESCAPES, program: ESCAPES }),
];

function target(name: string, more: Partial<Target> = {}): Target {
  const verdicts = { hung: 1, waiting_for_person: 1, working: 1, waiting_on_child: 1 };
  const summary = {
    ...{ name, url: "", state: "up" as const, readAt: NOW - 4_000, verdicts },
    ...{ firing: 1, agents: 4, spentTodayUsd: 12.3 },
  };
  const envelope = { stages: { tasks: [{ id: "t2", work_item: "ORCH-1048" }] } };
  return {
    now: NOW,
    summary,
    envelope,
    agents: AGENTS,
    spend: {},
    alerts: [{ state: "firing", severity: "critical", labels: {} } as Alert],
    links: {},
    ...more,
  };
}

const fleetOf = (...targets: readonly Target[]): Fleet => ({
  ...{ now: NOW, pollSeconds: 15, recording: { on: true } },
  targets: targets.map(({ summary }) => summary),
});
const shown = (...targets: readonly Target[]): View => ({
  ...START,
  answer: { fleet: fleetOf(...targets), targets },
});
const ONE = shown(target("main"));
const draw = (view: View, columns: number, rows: number) =>
  screen(view, { columns, rows }, (_, text) => text);

/** The view after these keys. */
function pressing(view: View, ...keys: readonly Key[]): View {
  let now = view;
  for (const each of keys) {
    const change = pressed(now, each, listed(now));
    if (typeof change !== "string") now = { ...now, ...change };
  }
  return now;
}

const key = (name: string): Key => ({ name, sequence: name });
const runs = (view: View) => listed(view).map(({ runId }) => runId);
const marked = (view: View) => draw(view, 80, 24).find((line) => line.startsWith("> "));

describe("the screen of top", () => {
  it("shows the worst agent first, with every column, at 80x24", () => {
    const lines = draw(ONE, 80, 24);
    expect(lines[0]).toMatch(
      /^4 agents: 1 hung, 1 waiting for person; 1 alert firing; read 4 s ago; \$12.30 t/,
    );
    expect(lines[1]).toMatch(/^ {2}VERDICT +FOR CAUSE +AGENT +TASK +PROGRAM +CPU +LOG +TOKENS +COST$/);
    expect(lines[2]).toMatch(/^> hung +1m +– +deve.* ORCH.* claude +– +12m +1\.2M +\$3\.40$/);
    expect(lines[3]).toMatch(/^ {2}waiting for person +2h /);
    expect(lines[5]).toMatch(/^ {2}working .* codex +193% +0s +98K +\$0\.42$/);
    expect(lines.at(-4)?.trimEnd()).toBe("it is hung");
    expect(lines.at(-1)).toMatch(/s sort: verdict .* Enter tmux {2}q quit *$/);
  });

  it("adds the evidence to each row at 200x50, and cuts no name", () => {
    const lines = draw(ONE, 200, 50);
    expect(lines[1]).toMatch(/EVIDENCE *$/);
    expect(lines[2]).toMatch(/^> hung +1m +– +developer +ORCH-1048 +claude .* it is hung *$/);
  });

  it.each<Size>([
    ...[
      [80, 24],
      [200, 50],
      [60, 20],
      [40, 10],
      [20, 5],
      [9, 3],
      [3, 2],
      [1, 1],
    ].map(([columns = 0, rows = 0]) => ({ columns, rows })),
  ])("fills $columns x $rows exactly, without a control character", ({ columns, rows }) => {
    for (const view of [ONE, shown(target("main"), target("second")), { ...ONE, isTyping: true }, START]) {
      const lines = draw(view, columns, rows);
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(widthOf(line), line).toBe(columns);
      expect(lines.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });

  it("names the orchestrator of each agent if there are several, and reports one that is not up", () => {
    const { summary } = target("second");
    const down = target("second", { summary: { ...summary, state: "down", note: "no answer" } });
    const lines = draw(shown(target("main"), down), 120, 24);
    expect(lines[1]?.trimEnd()).toBe("second: down, no answer");
    expect(lines[2]).toMatch(/CAUSE +ORCHESTRATOR +AGENT/);
  });

  it("keeps the last answer while the watchdog does not answer, and reports that", () => {
    const lines = draw({ ...ONE, failure: "cannot read the watchdog" }, 80, 24);
    expect(lines[1]?.trimEnd()).toBe("trying again: cannot read the watchdog");
    expect(lines[3]).toMatch(/^> hung /);
  });

  it("measures and cuts texts by the cells that they take", () => {
    expect(["abc", "計画", "e\u0301", "👩‍👩‍👧", "❤️", "ﬁ", "가"].map(widthOf)).toEqual([3, 4, 1, 2, 2, 1, 2]);
    expect([fitted("計画者", 4), fitted("計画者", 5), fitted("計画", 6, true)]).toEqual([
      "計… ",
      "計画…",
      "  計画",
    ]);
  });
});

describe("the keys of top", () => {
  it("move the selection, which stays with its agent in another order", () => {
    expect(marked(pressing(ONE, key("j")))).toMatch(/^> waiting for person/);
    expect(marked(pressing(ONE, key("end"), key("down")))).toMatch(/^> working/);
    const reversed = { ...pressing(ONE, key("j")), order: "-verdict" };
    expect(marked(reversed)).toMatch(/^> waiting for person/);
  });

  it("sort by the next column, and reverse the order", () => {
    expect(runs(ONE)).toEqual(["2", "3", "4", "1"]);
    const byCost = pressing(ONE, ...Array.from({ length: 7 }, () => key("s")));
    expect([byCost.order, runs(byCost)]).toEqual(["cost", ["2", "1", "3", "4"]]);
    expect(runs(pressing(byCost, key("r")))).toEqual(["1", "2", "3", "4"]);
  });

  it("filter by what is typed, until Esc", () => {
    const typed = pressing(
      ONE,
      { sequence: "/" },
      ...[..."codxx"].map(key),
      key("backspace"),
      key("backspace"),
    );
    expect([typed.filter, typed.isTyping]).toEqual(["cod", true]);
    expect(runs(pressing(typed, key("return")))).toEqual(["1"]);
    expect(draw(pressing(typed, key("q")), 80, 24).join("")).toContain("filter: codq_");
    expect(runs(pressing(typed, key("escape")))).toHaveLength(4);
  });

  it("request the actions outside the screen", () => {
    const asked = [key("m"), key("o"), key("return"), key("q"), { name: "c", ctrl: true }];
    expect(asked.map((each) => pressed(ONE, each, listed(ONE)))).toEqual([
      "silence",
      "page",
      "pane",
      "quit",
      "quit",
    ]);
    expect(pressed({ ...ONE, isTyping: true }, { name: "c", ctrl: true }, [])).toBe("quit");
  });
});

/** Returns what `work` prints to standard output. */
async function output(work: () => Promise<void>): Promise<string> {
  let text = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    text += part;
    return true;
  });
  await work().finally(() => spy.mockRestore());
  return text;
}

describe("without a terminal", () => {
  it("top prints the table once, and status a line or JSON without names, paths or texts", async () => {
    const named = { agent: "secret-agent", runId: "secret-run", taskId: "secret-task" };
    await using service = await startFakeTarget({
      ...cost(1, { large: 1 }),
      agents: { running: [{ ...named, presence: "no_pid", usage: { runs: 1, pricedRuns: 1, costUsd: 1 } }] },
      queue: { counts: { queued: 3 }, breakers: { items: [{ name: "secret-api", state: "open" }] } },
    });
    using folder = createFolder();
    writeFileSync(folder.file("t.yaml"), "rules: { breaker-open: { for_seconds: 0 } }");
    await using watchdog = await watchInProcess([
      ...[
        "--target",
        `secret-target=${service.url}`,
        "--history",
        "none",
        "--thresholds",
        folder.file("t.yaml"),
      ],
    ]);
    await eventually(
      "the alert fires",
      async () => (await watchdog.alert("breaker-open"))?.state === "firing",
    );
    const table = await output(() => top({ watchdog: watchdog.url, silenceTokenFile: null }));
    const json = await output(() => status({ watchdog: watchdog.url, json: true }));
    const line = await runWatchdog(["status"], { ORCH_WATCHDOG_URL: watchdog.url });
    expect(table).toMatch(/^ *VERDICT +FOR .*EVIDENCE\nnot visible +\S+ +– .* secret-agent .*\n$/);
    expect(line).toMatchObject({ code: 0, stderr: "" });
    expect(line.stdout).toMatch(
      /^1 agent: none in trouble, 1 unknown; 1 alert firing; read \d+ s ago; \$0\.00 today\n$/,
    );
    expect(JSON.parse(json)).toEqual({
      orchestrators: 1,
      orchestrators_up: 1,
      alerts: { critical: 0, warning: 1, info: 0 },
      agents: 1,
      verdicts: { not_visible: 1 },
      queued: 3,
      cost_today_usd: 0,
      read_seconds_ago: expect.any(Number),
    });
    for (const text of [line.stdout, json]) expect(text).not.toContain("secret");
  });

  it("both reject an address without a watchdog", async () => {
    await using service = await startFakeTarget();
    const closed = await startFakeTarget();
    await closed[Symbol.asyncDispose]();
    await expect(top({ watchdog: closed.url, silenceTokenFile: null })).rejects.toThrow(
      `cannot read the watchdog at ${closed.url}: nothing listens there`,
    );
    await using other = await startFakeTarget();
    other.instead = (_request, response) => void response.end('{"status":"ok"}');
    for (const { url } of [service, other])
      await expect(status({ watchdog: url, json: false })).rejects.toThrow(
        `cannot read the watchdog at ${url}: its answer is not a watchdog's`,
      );
  });

  it("status omits silenced alerts, and reports unknown figures as null", () => {
    const alert = { state: "firing", severity: "critical" } as Alert;
    const silence = { until: NOW + 1000 } as NonNullable<Alert["silence"]>;
    const down = { name: "a", url: "", state: "down", verdicts: {}, firing: 1 } as const;
    const found = statusOf({ ...fleetOf(), targets: [down] }, [{ ...alert, silence }]);
    expect(found).toMatchObject({
      ...{ alerts: { critical: 0 }, orchestrators: 1, orchestrators_up: 0 },
      ...{ agents: null, queued: null, cost_today_usd: null, read_seconds_ago: null },
    });
    expect(inWords(found)).toBe(
      "unknown number of agents; 0 alerts firing; 1 of 1 orchestrator not up; an orchestrator was never read",
    );
  });
});
