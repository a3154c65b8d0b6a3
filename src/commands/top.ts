/** `orch-metrics top`: runs `orch-watchdog top` for a running watchdog, or else for what `up` starts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { OperatorError } from "../../shared/operator-error.ts";
import { packageFile } from "../../shared/package-file.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { type Config, pagePortOf } from "../settings.ts";
import { startBoth } from "./start-both.ts";

/** More than a watchdog on this machine takes to answer. */
const PATIENCE_MILLISECONDS = 2_000;

/** Resolves with the exit code. */
export async function top(config: Config): Promise<number> {
  const usual = `http://127.0.0.1:${pagePortOf(config)}`;
  if (config.watchdog !== null || (await isWatchdog(usual))) return show(config.watchdog ?? usual);
  if (!process.stdout.isTTY)
    throw new OperatorError(`no watchdog answers at ${usual}: start one with \`orch-metrics up\``);
  const both = await startBoth(config, () => {});
  try {
    return await show(both.page);
  } finally {
    await both.stop();
  }
}

async function isWatchdog(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/fleet`, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
    return response.ok && Array.isArray(((await response.json()) as { targets?: unknown }).targets);
  } catch {
    return false;
  }
}

/** Runs in its own process, which has the terminal until it ends. */
async function show(url: string): Promise<number> {
  const flags = [fileURLToPath(packageFile("bin/orch-watchdog.js")), "top", "--watchdog", url];
  const child = spawn(process.execPath, flags, { stdio: "inherit" });
  void untilStopped().then((signal) => child.kill(signal));
  await once(child, "exit");
  return child.exitCode ?? 1;
}
