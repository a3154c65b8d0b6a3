/** A Discord channel, through a webhook: docs.discord.com/developers/resources/webhook#execute-webhook */
import { sendJson } from "./delivery.ts";
import { type MessageSender, textOf } from "./message.ts";

const MOST = 2_000;
/** `SUPPRESS_EMBEDS`: no link previews. */
const FLAGS = 4;

/** Without escaping, a name could hide where its link leads. */
const plain = (text: string) => text.replace(/[\\`*_~|<>[\]()#@]/g, "\\$&");

export function toDiscord(url: () => string): MessageSender {
  return async (message) => {
    const content = textOf(message, {
      most: MOST,
      escape: plain,
      title: (escaped) => `**${escaped}**`,
      link: (name, to) => `${name}: <${to}>`,
    });
    const allowed_mentions = { parse: [] };
    await sendJson("POST", { url: url() }, "", { content, allowed_mentions, flags: FLAGS });
  };
}
