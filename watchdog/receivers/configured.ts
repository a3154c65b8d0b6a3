/** Creates the configured receivers. */
import type { Logger } from "pino";
import { explained, OperatorError } from "../../shared/operator-error.ts";
import type { Alert } from "../api.ts";
import { readSecret } from "../config/files.ts";
import type { Config } from "../config/settings.ts";
import { createAlertmanager } from "./alertmanager.ts";
import type { Receiver } from "./delivery.ts";
import { toDiscord } from "./discord.ts";
import { createLogReceiver } from "./log.ts";
import { toMail } from "./mail.ts";
import { type MessageSender, messageOf } from "./message.ts";
import { toNtfy } from "./ntfy.ts";
import { toSlack } from "./slack.ts";
import { toTelegram } from "./telegram.ts";
import { createWebhook } from "./webhook.ts";

/**
 * Returns the log, which always exists, and the others. `pageOf`: the address of the page for an alert. Throws OperatorError
 * if a credential file cannot be used.
 */
export function createReceivers(
  settings: Config,
  logger: Logger,
  pageOf: (alert: Alert) => string,
  now: () => number,
): readonly Receiver[] {
  const { alertmanager, webhook, ntfy, telegramApi, telegramChat, smtp, mailFrom, mailTo } = settings;
  const slack = secret("--slack-url-file", settings.slackUrlFile, "a URL", isUrl);
  const discord = secret("--discord-url-file", settings.discordUrlFile, "a URL", isUrl);
  const ntfyToken = secret("--ntfy-token-file", settings.ntfyTokenFile);
  const telegram = secret("--telegram-token-file", settings.telegramTokenFile, "a bot token", isBotToken);
  const password = secret("--smtp-password-file", settings.smtpPasswordFile);
  const people: Readonly<Record<string, MessageSender | false | null | undefined | "">> = {
    slack: slack && toSlack(slack),
    discord: discord && toDiscord(discord),
    ntfy: ntfy && toNtfy(ntfy, ntfyToken),
    telegram: telegram && telegramChat && toTelegram(telegramApi, telegram, telegramChat),
    mail: smtp && mailFrom && toMail({ url: smtp, password, from: mailFrom, to: mailTo }),
  };
  return [
    createLogReceiver(logger),
    ...(alertmanager ? [createAlertmanager(alertmanager, pageOf, now)] : []),
    ...(webhook ? [createWebhook(webhook)] : []),
    ...Object.entries(people).flatMap(([name, send]): readonly Receiver[] =>
      send
        ? [
            {
              ...{ name, kinds: ["alert", "again"], grouped: true },
              send: (deliveries) => send(messageOf(deliveries, pageOf, now())),
            },
          ]
        : [],
    ),
  ];
}

/** Reads the file now and before each message, so that a secret can be replaced. */
function secret(
  flag: string,
  path: string | null,
  expected = "one line of plain text",
  isUsable: (text: string) => boolean = (text) => /^[\x20-\x7e]+$/.test(text),
): (() => string) | undefined {
  if (path === null) return undefined;
  const read = () => {
    const text = readSecret(path);
    if (!isUsable(text)) throw new OperatorError(`it does not contain ${expected}`);
    return text;
  };
  explained(`${flag} ${path}`, read);
  return () => explained(`${flag} cannot be used`, read);
}

const isUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? "");
const isBotToken = (text: string) => /^\d+:[\w-]+$/.test(text);
