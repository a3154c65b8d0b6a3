/** A Telegram chat, through a bot: core.telegram.org/bots/api#sendmessage */
import { sendJson } from "./delivery.ts";
import { type MessageSender, textOf } from "./message.ts";

const MOST = 4_096;

/** `api`: the server of the Bot API. */
export function toTelegram(api: string, token: () => string, chat: string): MessageSender {
  return async (message) => {
    // Without a parse mode the text is plain.
    const text = textOf(message, { most: MOST, title: (title) => title });
    const body = { chat_id: chat, text, link_preview_options: { is_disabled: true } };
    await sendJson("POST", { url: api }, `/bot${token()}/sendMessage`, body);
  };
}
