/** Starts the service and, beside it, the watchdog with its page, each as a process of its own. */
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

/** A stop or a prompt should show before its user looks away. */
const POLL_SECONDS = "5";

/**
 * Resolves when both listen. `onLog` receives each line of their logs, as JSON. Rejects with an OperatorError, and nothing
 * runs then. Both end by themselves when this process is gone.
 */
export async function startBoth(given: Config, onLog: (line: string) => void): Promise<RunningBoth> {
  const config = orProcesses(given);
  // Its log says where it listens; `onLog` chooses.
  const logLevel = config.logLevel === "debug" ? "debug" : "info";
  const service = await startChild({ program: "service", config: { ...config, logLevel }, onLog });
  try {
    const watchdog = await startChild({
      program: "watchdog",
      flags: {
        target: `${config.instance.replace(/[^\w.-]+/g, "-")}=${service.url}`,
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
        await Promise.all([watchdog, service].map((child) => child[Symbol.asyncDispose]()));
      },
    };
  } catch (error) {
    await service[Symbol.asyncDispose]();
    throw error;
  }
}
