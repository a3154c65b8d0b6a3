/** The log, a receiver that always exists. */
import type { Logger } from "pino";
import type { Receiver } from "./delivery.ts";

export function createLogReceiver(logger: Logger): Receiver {
  return {
    name: "log",
    kinds: ["alert"],
    async send([delivery]) {
      if (!("alert" in delivery)) return;
      const { rule, severity, target, labels, summary, evidence, runbookUrl, state } = delivery.alert;
      const level = state === "resolved" ? "info" : severity === "critical" ? "error" : "warn";
      logger[level](
        { alert: { rule, severity, target, labels, evidence, runbookUrl, state } },
        `${state}: ${summary}`,
      );
    },
  };
}
