/** Runbooks as pages: they contain an alert's values, but nothing that a browser or a shell would interpret. */
import { writeFileSync } from "node:fs";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RULE_NAMES } from "../../watchdog/config/rules.ts";
import { eventually } from "../support/service.ts";
import { type FakeTarget, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, type Folder, type WatchdogInProcess, watchInProcess } from "./support/watchdog.ts";

const EVIL = `7"; rm -rf ~ #'<script>alert(1)</script>`;
const frozen = (runId: string, pid: number) => ({
  ...{ agent: "<b>developer</b>", runId, taskId: "ORCH-7", pid, presence: "running" },
  ...{ startedAt: timestampFromMs(Date.now()), usage: { runs: 1 } },
  process: { state: "S", startTicks: 100_000, threads: 2, userTicks: 500, frozen: true },
});

let folder: Folder;
let target: FakeTarget;
let watchdog: WatchdogInProcess;

beforeAll(async () => {
  folder = createFolder();
  target = await startFakeTarget({ agents: { running: [frozen("41", 4711), frozen(EVIL, 4712)] } });
  writeFileSync(folder.file("thresholds.yaml"), "rules: { agent-stopped: { for_seconds: 0 } }");
  watchdog = await watchInProcess([
    ...["--target", `main=${target.url}`, "--thresholds", folder.file("thresholds.yaml")],
    ...["--history", "none"],
  ]);
  await eventually("both fire", async () => (await firing()).length === 2);
});

afterAll(async () => {
  await watchdog[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const firing = async () => (await watchdog.alerts()).open.filter(({ rule }) => rule === "agent-stopped");

async function page(path: string): Promise<string> {
  const answer = await watchdog.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.text();
}

async function alertOf(runId: string) {
  const alert = (await firing()).find(({ labels }) => labels.run_id === runId);
  if (!alert) throw new Error("no alert");
  return alert;
}

describe("a runbook", () => {
  it("has its alert's values in its commands, and the alert above them", async () => {
    const { runbookUrl } = await alertOf("41");
    expect(runbookUrl).toMatch(`${watchdog.url}/runbooks/agent-stopped?alert=`);
    const html = await page(runbookUrl.slice(watchdog.url.length));
    expect(html).toContain("/proc/4711/status");
    expect(html).toContain("<code>kill -CONT 4711</code>");
    expect(html).not.toMatch(/\bPID\b/);
    expect(html).toContain(
      "<h2>&lt;b&gt;developer&lt;/b&gt; (run 41, task ORCH-7) is stopped, or one of its children is</h2>",
    );
    expect(html).toContain("<dt>Rule</dt><dd>agent-stopped</dd>");
    expect(html).toContain('<a href="../#/orchestrators/main/runs/41">main</a>');
    const { fingerprint } = await alertOf("41");
    const hung = await page(`/runbooks/agent-hung?alert=${fingerprint}`);
    expect(hung).toContain(`curl -s &#39;${target.url}/metrics?read_mask=agents&#39;`);
    expect(hung).toContain("select(.run_id == &quot;41&quot;)");
  });

  it("keeps its placeholders if a value could do more than name something", async () => {
    const { fingerprint } = await alertOf(EVIL);
    const html = await page(`/runbooks/agent-hung?alert=${fingerprint}`);
    expect(html).toContain("select(.run_id == &quot;RUN&quot;)");
    expect(html).not.toContain("<script");
    expect(html).not.toContain("rm -rf ~ #'");
    expect(html).toContain("/proc/4712/wchan");
  });

  it("is readable without an alert, and each of its links leads to a page", async () => {
    const links = new Set<string>();
    for (const rule of RULE_NAMES) {
      const html = await page(`/runbooks/${rule}?alert=nobody`);
      expect(html).toMatch(/<h1 id="[a-z-]+">/);
      for (const [, href = ""] of html.matchAll(/href="([^"]*)"/g))
        links.add(new URL(href, `${watchdog.url}/runbooks/${rule}`).href);
    }
    expect([...links].filter((link) => link.includes("/docs/")).length).toBeGreaterThanOrEqual(3);
    for (const link of links) {
      if (!link.startsWith(watchdog.url)) continue;
      const { pathname, hash } = new URL(link);
      const text = await page(pathname);
      if (pathname.startsWith("/docs/") && hash !== "") expect(text).toContain(`id="${hash.slice(1)}"`);
    }
  });
});
