/** What an agent's page gives to other programs: shell commands and links. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../watchdog/judgement/verdict.ts";
import { commandsFor } from "../../../watchdog/page/views/agent/commands.ts";
import { linksOf } from "../../../watchdog/page/views/agent/links.ts";

const RUN = { run_id: "41", pid: 4711, presence: "running" };
const verdict = (name: Verdict["name"], cause?: Verdict["cause"]): Verdict => ({
  ...{ name, evidence: "", signals: [], since: 0 },
  ...(cause && { cause }),
});
const texts = (...args: Parameters<typeof commandsFor>) => commandsFor(...args).map(({ text }) => text);

describe("the commands for an agent", () => {
  it("contain its own values, and only end the child if the agent waits for it", () => {
    const descendants = {
      processes: 2,
      youngest: [
        { pid: 5, state: "Z" },
        { pid: 6, state: "S" },
      ],
    };
    const all = texts({ ...RUN, process: { descendants } }, verdict("hung", "child"), "http://a:1");
    expect(all).toEqual(expect.arrayContaining(["pstree -spa 4711", "kill 6", "kill 4711"]));
    expect(texts(RUN, verdict("hung", "peer"), "http://a:1")).toContain("ss -tnpo | grep pid=4711");
    expect(texts(RUN, verdict("stopped"), "http://a:1")).toContain("kill -CONT 4711");
  });

  it.each(["pid_reused", "gone", "zombie", "detached"] as const)("end nothing if the agent is %s", (name) => {
    expect(texts(RUN, verdict(name), "http://a:1").join("\n")).not.toMatch(/kill/);
  });

  it("keep each value as one shell word, whatever the run's name is", () => {
    const nasty = `x'; touch /tmp/owned; $(id) "\n\\`;
    const [ask = ""] = texts({ run_id: nasty }, verdict("not_visible"), "http://a:1/it's");
    const printed = ask.replace("curl -s", "printf '%s\\n'").replace("| jq", "; printf '%s\\n'");
    const lines = execFileSync("sh", ["-c", printed], { encoding: "utf8" }).trimEnd().split("\n");
    expect(lines).toEqual([
      "http://a:1/it's/metrics?read_mask=agents",
      `.agents.running[] | select(.run_id == ${JSON.stringify(nasty)})`,
    ]);
  });
});

describe("the links of an agent", () => {
  it("contain its values, encoded, and are omitted if a value is unknown", () => {
    const templates = { logs: "https://logs/?run={run_id}", task: "https://t/{work_item}/{agent}" };
    expect(linksOf(templates, { run_id: "a b&c=/../", agent: "dev" })).toEqual([
      ["logs", "https://logs/?run=a%20b%26c%3D%2F..%2F"],
    ]);
    expect(linksOf(templates, { run_id: 0, work_item: "ORCH-1", agent: "dév" })).toEqual([
      ["logs", "https://logs/?run=0"],
      ["task", "https://t/ORCH-1/d%C3%A9v"],
    ]);
  });

  it("lead only to web addresses", () => {
    expect(
      linksOf({ bad: "javascript:alert({run_id})", odd: "https://{host}/" }, { run_id: 1, host: "a b" }),
    ).toEqual([]);
  });
});
