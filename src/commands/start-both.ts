/** Starts the service and the watchdog with its page, each in its own process. */
import { type Config, orProcesses, pagePortOf } from "../settings.ts";
import { startChild } from "./start-child.ts";

export interface RunningBoth {
  /** Of the service. */
  readonly url: string;
  /** Of the watchdog's page. */
  readonly page: string;
  /** Resolves when one of the two ends without being stopped: which, and why. The other still runs. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Short, so that a stopped agent or a prompt shows while the user still looks. */
const POLL_SECONDS = "5";

/**
 * Resolves when both listen. `onLog` receives each line of their logs, as JSON. Rejects with an OperatorError, and nothing
 * runs then. Both stop when this process is gone.
 */
export async function startBoth(given: Config, onLog: (line: string) => void): Promise<RunningBoth> {
  const config = orProcesses(given);
  // The address is read from the log, so the log is written in any case. `onLog` filters it.
  const logLevel = config.logLevel === "debug" ? "debug" : "info";
  const service = await startChild({ program: "service", config: { ...config, logLevel }, onLog });
  try {
    const watchdog = await startChild({
      program: "watchdog",
      flags: {
        target: `${config.instance.replace(/[\s,=/\\]+/g, "-")}=${service.url}`,
        port: String(pagePortOf(config)),
        "log-level": logLevel,
        ...(config.history !== null && { history: config.history }),
      },
      env: { ORCH_WATCHDOG_POLL_SECONDS: POLL_SECONDS, ...process.env },
      onLog,
    });
    return {
      url: service.url,
      page: watchdog.url,
      ended: Promise.race([
        service.ended.then((why) => `the service ended: ${why}`),
        watchdog.ended.then((why) => `the watchdog ended: ${why}`),
      ]),
      async stop() {
        await Promise.all([watchdog.stop(), service.stop()]);
      },
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}
