/** Any server that takes a POST: one alert a request, with an identifier by which a repeated one can be told. */
import { type Receiver, sendJson } from "./delivery.ts";

export function createWebhook(url: string): Receiver {
  return {
    name: "webhook",
    kinds: ["alert"],
    async send({ alert }, id) {
      const body = { version: 1, source: "orch-watchdog", status: alert.state, alert };
      await sendJson("POST", url, body, { "idempotency-key": `${alert.fingerprint}-${id}` });
    },
  };
}
