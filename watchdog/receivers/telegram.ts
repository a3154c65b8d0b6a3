/** A Telegram chat, by a bot: core.telegram.org/bots/api#sendmessage */
import { type Deliveries, type Receiver, sendJson } from "./delivery.ts";
import { type Message, textOf } from "./message.ts";

const MOST = 4_096;

export interface TelegramOptions {
  /** The Bot API's server. */
  readonly api: string;
  readonly token: () => string;
  readonly chat: string;
  readonly message: (deliveries: Deliveries) => Message;
}

export function createTelegram({ api, token, chat, message }: TelegramOptions): Receiver {
  return {
    name: "telegram",
    kinds: ["alert", "again"],
    grouped: true,
    async send(deliveries) {
      // Without a parse mode the text is taken as it is.
      const text = textOf(message(deliveries), { most: MOST, title: (title) => title });
      await sendJson("POST", { url: api }, `/bot${token()}/sendMessage`, {
        chat_id: chat,
        text,
        link_preview_options: { is_disabled: true },
      });
    },
  };
}
