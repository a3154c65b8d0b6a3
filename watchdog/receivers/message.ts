/** The text of alerts for chats, pushes and mails. Each receiver adds its own markup and limit. */
import { printable } from "../../shared/printable.ts";
import type { Alert } from "../api.ts";
import { dateAndTime, duration, shortened } from "../words/text.ts";
import type { Deliveries } from "./delivery.ts";

export interface Message {
  /** One line: summary and orchestrator. */
  readonly title: string;
  readonly severity: Alert["severity"];
  readonly isResolved: boolean;
  /** One line per alert: evidence and start. */
  readonly lines: readonly string[];
  readonly rule: string;
  readonly pageUrl: string;
  readonly runbookUrl: string;
}

/** Rejects like a receiver's `send`. */
export type MessageSender = (message: Message) => Promise<void>;

export interface Style {
  /** The maximum length of the whole message, as `size` measures it. */
  readonly most: number;
  /** Default: UTF-16 code units. */
  readonly size?: (text: string) => number;
  readonly escape?: (text: string) => string;
  /** Absent: the title is sent separately. */
  readonly title?: (escaped: string) => string;
  readonly link?: (name: string, url: string) => string;
}

const LONGEST_TITLE = 250;

/** `now`: milliseconds since the epoch. */
export function messageOf(deliveries: Deliveries, pageOf: (alert: Alert) => string, now: number): Message {
  const alerts = deliveries.flatMap((delivery) => ("alert" in delivery ? [delivery.alert] : []));
  const [first, ...others] = alerts;
  if (!first) throw new RangeError("a silence is no message");
  const isResolved = first.state === "resolved";
  const isAgain = deliveries[0].kind === "again";
  const status = isResolved ? "RESOLVED" : `${first.severity.toUpperCase()}${isAgain ? " (still)" : ""}`;
  const what = others.length === 0 ? first.summary : `${alerts.length} alerts of ${first.rule}`;
  const line = ({ summary, evidence, since, resolvedAt = now }: Alert) =>
    `${others.length === 0 ? "" : `${summary}: `}${evidence} (since ${dateAndTime(since)}, ${isResolved ? "lasted " : ""}${duration((resolvedAt - since) / 1000)})`;
  return {
    title: shortened(printable(`${status} ${first.target}: ${what}`), LONGEST_TITLE),
    severity: first.severity,
    isResolved,
    lines: alerts.map((alert) => printable(line(alert))),
    rule: first.rule,
    // For several alerts, the page of their common target.
    pageUrl: pageOf(others.length === 0 ? first : { ...first, labels: {} }),
    runbookUrl: first.runbookUrl,
  };
}

/** Returns title, lines and links within the limit. Lines that do not fit are counted; the links are always included. */
export function textOf(message: Message, style: Style): string {
  const { most, size = lengthOf, escape: marked = (text) => text, title, link = plainLink } = style;
  const head = title ? [title(marked(message.title))] : [];
  const foot = [link("Page", message.pageUrl), link(`Runbook ${message.rule}`, message.runbookUrl)];
  const room = most - size([...head, ...foot, moreOf(message.lines.length), ""].join("\n"));
  const shown: string[] = [];
  for (const line of message.lines) {
    const text = shown.length === 0 ? fitted(line, room, size, marked) : marked(line);
    if (size([...shown, text].join("\n")) > room) break;
    shown.push(text);
  }
  const left = message.lines.length - shown.length;
  return [...head, ...shown, ...(left > 0 ? [moreOf(left)] : []), ...foot].join("\n");
}

const lengthOf = (text: string) => text.length;
const plainLink = (name: string, url: string) => `${name}: ${url}`;
const moreOf = (count: number) => `and ${count} more`;

/** Cuts before escaping, so that no escape sequence is cut. */
function fitted(
  text: string,
  room: number,
  size: (text: string) => number,
  marked: (text: string) => string,
): string {
  let cut = text;
  while (cut.length > 1 && size(marked(cut)) > room) cut = shortened(text, Math.floor(cut.length * 0.9));
  return marked(cut);
}
