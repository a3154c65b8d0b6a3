/** A Slack channel, through an incoming webhook: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import { sendJson } from "./delivery.ts";
import { type MessageSender, textOf } from "./message.ts";

/** The maximum length of one text block. */
const MOST = 3_000;

/** docs.slack.dev/messaging/formatting-message-text: only these three characters begin mentions and links. */
const mrkdwn = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function toSlack(url: () => string): MessageSender {
  return async (message) => {
    const text = textOf(message, {
      most: MOST,
      escape: mrkdwn,
      title: (escaped) => `*${escaped}*`,
      link: (name, to) => `<${mrkdwn(to)}|${mrkdwn(name)}>`,
    });
    await sendJson("POST", { url: url() }, "", { text, unfurl_links: false, unfurl_media: false });
  };
}
