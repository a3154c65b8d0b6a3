/**
 * The history on a file system that is really full: the watchdog keeps polling and alerting, reports that it
 * records nothing, and resumes recording once there is space, without losing earlier records. Needs root to
 * mount a small file system. .ci/run runs it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startRealWatchdog } from "./support/real-watchdog.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder } from "./support/watchdog.ts";

const SECONDS = 60;

using folder = createFolder();
const disk = folder.file("disk");
mkdirSync(disk);
writeFileSync(
  folder.file("thresholds.yaml"),
  "alerts: { resolve_after_seconds: 0 }\nrules: { recording-stopped: { for_seconds: 0 }, breaker-open: { for_seconds: 0 } }",
);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
try {
  await using target = await startFakeTarget({ queue: { counts: { queued: 5 } } });
  await using pager = await startReceiver();
  const flags = [
    ...["--target", `main=${target.url}`, "--history", `${disk}/history.db`, "--webhook", pager.url],
    ...["--thresholds", folder.file("thresholds.yaml")],
  ];
  const first = await startRealWatchdog(flags);
  await eventually("it records", async () => (await first.fleet()).recording.on, SECONDS);
  fill();
  await eventually("it says so", async () => !(await first.fleet()).recording.on, SECONDS);
  const { note } = (await first.fleet()).recording;
  if (!note?.includes("the disk is full")) throw new Error(`it says: ${note}`);
  target.envelope = { queue: { breakers: { items: [{ name: "api", state: "open" }] } } };
  await eventually(
    "its alerts are sent",
    () => isSent("recording-stopped") && isSent("breaker-open"),
    SECONDS,
  );
  console.log("ok  on a full file system it says that it records nothing, and alerts on");

  rmSync(`${disk}/filler`);
  await eventually("it records again", async () => (await first.fleet()).recording.on, SECONDS);
  await eventually("that alert is resolved", () => isSent("recording-stopped", "resolved"), SECONDS);
  await first.stop("SIGKILL");
  await using second = await startRealWatchdog(flags);
  const isKept = async () => (await second.alert("breaker-open"))?.state === "firing";
  await eventually("the alert from the time without space is kept", isKept, SECONDS);
  const { queued } = await second.series("main");
  if (!queued.includes(5)) throw new Error("its readings are lost");
  console.log("ok  once there is room, what it saw meanwhile is recorded, and outlives a kill");

  function isSent(rule: string, state = "firing"): boolean {
    return pager.taken.some(({ body }) => {
      const { alert } = body as { alert: { rule: string; state: string } };
      return alert.rule === rule && alert.state === state;
    });
  }
} finally {
  execFileSync("umount", [disk]);
}

/** Fills the file system to the last block. */
function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(`${disk}/filler`, Buffer.alloc(bavail * bsize));
}
