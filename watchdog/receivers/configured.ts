/** The receivers that the settings name. */
import type { Logger } from "pino";
import { OperatorError } from "../../shared/operator-error.ts";
import type { Alert } from "../api.ts";
import { explained, readSecret } from "../config/files.ts";
import type { Config } from "../config/settings.ts";
import { createAlertmanager } from "./alertmanager.ts";
import type { Deliveries, Receiver } from "./delivery.ts";
import { createDiscord } from "./discord.ts";
import { createLogReceiver } from "./log.ts";
import { createMail } from "./mail.ts";
import { messageOf } from "./message.ts";
import { createNtfy } from "./ntfy.ts";
import { createSlack } from "./slack.ts";
import { createTelegram } from "./telegram.ts";
import { createWebhook } from "./webhook.ts";

export type ReceiverSettings = Pick<
  Config,
  | "alertmanager"
  | "webhook"
  | "slackUrlFile"
  | "discordUrlFile"
  | "ntfy"
  | "ntfyTokenFile"
  | "telegramTokenFile"
  | "telegramChat"
  | "telegramApi"
  | "smtp"
  | "smtpPasswordFile"
  | "mailFrom"
  | "mailTo"
>;

export interface ReceiversOptions {
  readonly settings: ReceiverSettings;
  readonly logger: Logger;
  /** What the page shows of an alert. */
  readonly pageOf: (alert: Alert) => string;
  readonly now: () => number;
}

/** The log first, which is always there. Throws OperatorError for a file of a secret that cannot be used. */
export function createReceivers({ settings, logger, pageOf, now }: ReceiversOptions): readonly Receiver[] {
  const message = (deliveries: Deliveries) => messageOf(deliveries, pageOf, now());
  const { alertmanager, webhook, ntfy, telegramApi, telegramChat, smtp, mailFrom, mailTo } = settings;
  const slack = secret("--slack-url-file", settings.slackUrlFile, isUrl);
  const discord = secret("--discord-url-file", settings.discordUrlFile, isUrl);
  const ntfyToken = secret("--ntfy-token-file", settings.ntfyTokenFile);
  const telegram = secret("--telegram-token-file", settings.telegramTokenFile, isBotToken);
  const password = secret("--smtp-password-file", settings.smtpPasswordFile);
  const receivers = [
    createLogReceiver(logger),
    alertmanager && createAlertmanager({ url: alertmanager, pageOf, now }),
    webhook && createWebhook(webhook),
    slack && createSlack(slack, message),
    discord && createDiscord(discord, message),
    ntfy && createNtfy({ url: ntfy, token: ntfyToken, message }),
    telegram &&
      telegramChat &&
      createTelegram({ api: telegramApi, token: telegram, chat: telegramChat, message }),
    smtp && mailFrom && createMail({ url: smtp, password, from: mailFrom, to: mailTo, message }),
  ];
  return receivers.filter((receiver) => receiver !== undefined && receiver !== null && receiver !== "");
}

/** Reads the file for each message, so that a secret can be replaced; and once now. */
function secret(
  flag: string,
  path: string | null,
  isUsable: (text: string) => boolean = isWord,
): (() => string) | undefined {
  if (path === null) return undefined;
  const read = () => {
    const text = readSecret(path);
    if (!isUsable(text)) throw new OperatorError("its line is not what belongs there");
    return text;
  };
  explained(`${flag} ${path}`, read);
  return () => explained(`${flag} cannot be used`, read);
}

const isUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? "");
/** What a URL's path can hold. */
const isBotToken = (text: string) => /^\d+:[\w-]+$/.test(text);
const isWord = (text: string) => /^[\x20-\x7e]+$/.test(text);
