/** A topic of ntfy, published as JSON: docs.ntfy.sh/publish/#publish-as-json */
import { type Deliveries, type Receiver, receiverAddress, sendJson } from "./delivery.ts";
import { type Message, textOf } from "./message.ts";

/** A longer message becomes an attachment. */
const MOST_BYTES = 4_096;

const URGENCY = {
  critical: { priority: 5, tags: ["rotating_light"] },
  warning: { priority: 4, tags: ["warning"] },
  info: { priority: 3, tags: ["information_source"] },
} as const;
const RESOLVED = { priority: 3, tags: ["white_check_mark"] };

export interface NtfyOptions {
  /** Of the topic, such as `https://ntfy.sh/my-alerts`; user and password may be in it. */
  readonly url: string;
  readonly token: (() => string) | undefined;
  readonly message: (deliveries: Deliveries) => Message;
}

export function createNtfy({ url, token, message }: NtfyOptions): Receiver {
  const [, server = "", topic = ""] = /^(.*)\/([^/]+)$/.exec(receiverAddress(url).url) ?? [];
  const { authorization } = receiverAddress(url);
  return {
    name: "ntfy",
    kinds: ["alert", "again"],
    grouped: true,
    async send(deliveries) {
      const made = message(deliveries);
      const bearer = token && `Bearer ${token()}`;
      const sent = bearer ?? authorization;
      await sendJson("POST", { url: server, ...(sent !== undefined && { authorization: sent }) }, "/", {
        topic,
        title: made.title,
        message: textOf(made, { most: MOST_BYTES, size: Buffer.byteLength }),
        ...(made.isResolved ? RESOLVED : URGENCY[made.severity]),
        click: made.pageUrl,
        actions: [{ action: "view", label: "Runbook", url: made.runbookUrl }],
      });
    },
  };
}
