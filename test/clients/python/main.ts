/** Starts the service for the Python tests, and locks or removes its database on their request. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startLargeService } from "../large-service.ts";

await using fixture = await startLargeService();
const python = spawn("/usr/bin/python3", ["-B", "-m", "unittest", "client_test", "reflection_test"], {
  cwd: import.meta.dirname,
  env: { ...process.env, SERVICE: new URL(fixture.service.url).host },
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const nextLine = async () => String((await lines.next()).value ?? "");

for (let line = await nextLine(); line !== ""; line = await nextLine()) {
  const during = async () => {
    python.stdin.write("ready\n");
    await nextLine();
  };
  if (line === "lock") await fixture.whileLocked(during);
  else if (line === "take away") await fixture.whileAway(during);
  else console.log(line);
  if (line === "lock" || line === "take away") python.stdin.write("ready\n");
}
if (python.exitCode === null) await once(python, "exit");
process.exitCode = python.exitCode ?? 1;
