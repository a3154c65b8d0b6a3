/**
 * Runs the service as `serve` starts it, inside the test's process. A separate process takes half a second to
 * start.
 */
import { pino } from "pino";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startService } from "../../src/commands/serve.ts";
import { TIME_LIMITS } from "../../src/server/limits.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";
import { eventually, type RunningProgram, type StartOptions } from "../support/service.ts";

export type InProcess = Omit<RunningProgram, "child" | "stop">;

/** Starts the service, and waits until it listens. */
export async function startInProcess(
  database: string,
  { args = [], env = {}, times = {} }: Pick<StartOptions, "args" | "env" | "times"> = {},
): Promise<InProcess> {
  const all = ["--database", database, "--port", "0", ...args];
  const config = readConfig(all, env, Object.keys(SETTINGS) as SettingName[]);
  let lines = "";
  const output = {
    write(line: string) {
      lines += line;
    },
  };
  const log = pino({ level: config.logLevel }, output);
  const { url, close } = await startService(config, log, { ...TIME_LIMITS, ...times });
  const get = (path: string, init?: RequestInit) => fetch(url + path, init);
  return {
    url,
    get,
    log: () => lines,
    /** Asks again while the machine is too busy to answer in time. */
    async metrics(query = "") {
      let text = "";
      await eventually("a reading ends in time", async () => {
        text = await (await get(`/metrics${query}`)).text();
        return !text.includes("did not respond in time");
      });
      return JSON.parse(text) as GetMetricsResponseJson;
    },
    [Symbol.asyncDispose]: close,
  };
}
