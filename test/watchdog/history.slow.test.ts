/** The history's file of the running program: killed, and on a full disk. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { expectToOutliveKill } from "./outlives-kill.ts";
import { cost, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, startWatchdog, watchInProcess } from "./support/watchdog.ts";

it("the history survives kill -9 at the program's own pace of a write every ten seconds", async () => {
  await expectToOutliveKill(["--poll-seconds", "1"], null);
}, 120_000);

describe("the history of a running watchdog", () => {
  it("reports that it records nothing on a full disk, while polls and alerts continue, and recovers", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(cost(1, { large: 10 }));
    writeFileSync(
      folder.file("thresholds.yaml"),
      "alerts: { resolve_after_seconds: 0 }\nrules: { recording-stopped: { for_seconds: 0 }, breaker-open: { for_seconds: 0 } }",
    );
    await using watchdog = await startWatchdog([
      ...["--target", `main=${target.url}`, "--history", folder.file("history.db")],
      ...["--thresholds", folder.file("thresholds.yaml")],
    ]);
    await eventually("it records", async () => (await watchdog.fleet()).recording.on);
    const limit = (size: string) =>
      execFileSync("prlimit", ["--pid", String(watchdog.child.pid), `--fsize=${size}:unlimited`]);
    // From here on no file may grow, as on a full disk.
    limit("1");
    await eventually("it says so", async () => !(await watchdog.fleet()).recording.on);
    expect((await watchdog.fleet()).recording.note).toContain("nothing has been recorded since");
    await eventually(
      "an alert says so",
      async () => (await watchdog.alert("recording-stopped"))?.state === "firing",
    );
    target.envelope = { queue: { breakers: { items: [{ name: "api", state: "open" }] } } };
    await eventually("it alerts", async () => (await watchdog.alert("breaker-open"))?.state === "firing");
    await eventually("the log has it", () =>
      watchdog.log().some(({ alert }) => alert?.rule === "breaker-open"),
    );
    limit("unlimited");
    await eventually("it records again", async () => (await watchdog.fleet()).recording.on);
    await eventually("the alert ends", async () => (await watchdog.alert("recording-stopped")) === undefined);
    expect(await watchdog.stop()).toBe(0);
    await using again = await watchInProcess([
      ...["--target", `main=${target.url}`, "--history", folder.file("history.db")],
    ]);
    expect((await again.alert("breaker-open"))?.state).toBe("firing");
  }, 120_000);
});
