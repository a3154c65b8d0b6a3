/** Any server that accepts a POST: one alert per request, with a key that identifies repetitions. */
import { type Receiver, receiverAddress, sendJson } from "./delivery.ts";

export function createWebhook(url: string): Receiver {
  const address = receiverAddress(url);
  return {
    name: "webhook",
    kinds: ["alert"],
    async send([delivery], id) {
      if (!("alert" in delivery)) return;
      const { alert } = delivery;
      const body = { version: 1, source: "orch-watchdog", status: alert.state, alert };
      await sendJson("POST", address, "", body, { "idempotency-key": `${alert.fingerprint}-${id}` });
    },
  };
}
