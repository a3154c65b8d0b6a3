/** A topic of ntfy, published as JSON: docs.ntfy.sh/publish/#publish-as-json */
import { receiverAddress, sendJson } from "./delivery.ts";
import { type MessageSender, textOf } from "./message.ts";

/** ntfy turns a longer message into an attachment. */
const MOST_BYTES = 4_096;

const URGENCY = {
  critical: { priority: 5, tags: ["rotating_light"] },
  warning: { priority: 4, tags: ["warning"] },
  info: { priority: 3, tags: ["information_source"] },
} as const;
const RESOLVED = { priority: 3, tags: ["white_check_mark"] };

/** `topicUrl`: for example `https://ntfy.sh/my-alerts`, optionally with user and password. */
export function toNtfy(topicUrl: string, token: (() => string) | undefined): MessageSender {
  const { url, ...basic } = receiverAddress(topicUrl);
  const [, server = "", topic = ""] = /^(.*)\/([^/]+)$/.exec(url) ?? [];
  return async (message) => {
    const access = token ? { authorization: `Bearer ${token()}` } : basic;
    await sendJson("POST", { url: server, ...access }, "/", {
      topic,
      title: message.title,
      message: textOf(message, { most: MOST_BYTES, size: Buffer.byteLength }),
      ...(message.isResolved ? RESOLVED : URGENCY[message.severity]),
      click: message.pageUrl,
      actions: [{ action: "view", label: "Runbook", url: message.runbookUrl }],
    });
  };
}
