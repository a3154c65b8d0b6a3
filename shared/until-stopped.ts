/** A closing terminal sends SIGHUP. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Resolves with the first signal to stop. A second signal ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.off(name, stop);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, stop);
  });
}
