/** Serves runbooks, and documents that they link to, as pages: the package's Markdown, with the values of an alert. */
import { readFileSync } from "node:fs";
import type { Marked } from "marked";
import type { Alert } from "../api.ts";
import { OWN_NAME } from "../config/targets-file.ts";
import type { Target } from "../targets/target.ts";
import { dateAndTime, duration, ruleInWords } from "../words/text.ts";
import { type Answer, failure } from "./answer.ts";

const IN_CHECKOUT = import.meta.url.endsWith(".ts");
const FOLDER = new URL(IN_CHECKOUT ? "../../docs/" : "../../../docs/", import.meta.url);

/** `runbooks/NAME` or `NAME`. */
const DOCUMENT = /^(?:runbooks\/)?[a-z-]+$/;

/** Values that replace placeholders in a runbook's commands. */
export type Values = Readonly<Record<string, string | undefined>>;

/** Returns them for an alert. `url` is the page's address. */
export function valuesOf({ target: name, labels }: Alert, target: Target | undefined, url: string): Values {
  const run = target?.agents.find(({ agent }) => agent.runId === labels.run_id);
  const address = target?.address.url;
  return {
    "http://127.0.0.1:9977": address,
    "http://HOST:9977": address,
    "http://127.0.0.1:9978": url,
    PID: run?.agent.pid?.toString(),
    RUN: labels.run_id,
    TASK: labels.task_id,
    TARGET: name,
  };
}

/** Allows no character that a shell, jq or HTML would interpret, since commands are copied. */
const HARMLESS = /^[\w.:@%+,/-]+$/;

interface Shown {
  readonly alert: Alert;
  readonly values: Values;
  readonly now: number;
}

/** `shown`: the alert; undefined: none, and the placeholders stay. */
export async function documentPage(path: string, shown?: Shown): Promise<Answer> {
  const text = DOCUMENT.test(path) ? read(path) : undefined;
  if (text === undefined) return failure("not_found", `no document ${path}`);
  const marked = await markdown();
  const body = filled(linked(await marked.parse(text), path), shown?.values ?? {});
  const title = /^# (.*)$/m.exec(text)?.[1] ?? path;
  const head = shown ? about(shown) : "";
  return {
    status: 200,
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · orch-watchdog</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../page.css">
<body class="document">
<nav><a href="../#/alerts">Alerts</a></nav>
<main>${head}${body}</main>
</html>
`,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(new URL(`${path}.md`, FOLDER), "utf8");
  } catch {
    return undefined;
  }
}

let parser: Promise<Marked> | undefined;

/** Loaded on the first request for a document. */
function markdown(): Promise<Marked> {
  parser ??= import("marked").then(
    ({ Marked }) =>
      new Marked({
        renderer: {
          // The package contains no pictures.
          html: () => "",
          image: ({ text }) => escaped(text),
          heading({ tokens, depth, text }) {
            const id = text
              .toLowerCase()
              .replace(/[^\w -]/g, "")
              .replaceAll(" ", "-");
            return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
          },
        },
      }),
  );
  return parser;
}

/** Links to other documents lead to their pages. A link to a file that is not served becomes plain text. */
function linked(html: string, path: string): string {
  return html.replace(/<a href="([^"]*)">(.*?)<\/a>/g, (link, href: string, text: string) => {
    if (/^(https?:|#)/.test(href)) return link;
    const { pathname, hash } = new URL(href, `http://docs/${path}.md`);
    const [, target = ""] = /^\/(.*)\.md$/.exec(pathname) ?? [];
    if (!DOCUMENT.test(target)) return text;
    return `<a href="../${target.startsWith("runbooks/") ? target : `docs/${target}`}${hash}">${text}</a>`;
  });
}

function filled(html: string, values: Values): string {
  return Object.entries(values).reduce(
    (text, [placeholder, value = ""]) =>
      HARMLESS.test(value)
        ? text.replace(new RegExp(`(?<!\\w)${placeholder}(?!\\w)`, "g"), () => value)
        : text,
    html,
  );
}

function about({ alert, now }: Shown): string {
  const { target, rule, state, summary, evidence, thresholds, since, labels, resolvedAt = now } = alert;
  const run = labels.run_id === undefined ? "" : `/runs/${encodeURIComponent(labels.run_id)}`;
  const page = target === OWN_NAME ? "" : `orchestrators/${encodeURIComponent(target)}${run}`;
  const rows = [
    ["Evidence", escaped(evidence)],
    ["Orchestrator", `<a href="../#/${page}">${escaped(target)}</a>`],
    ["Rule", escaped(ruleInWords(rule, thresholds))],
    ["Since", `${dateAndTime(since)}, for ${duration((resolvedAt - since) / 1000)}`],
  ];
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("");
  return `<section class="card"><p>${escaped(`${alert.severity}, ${state}`)}</p><h2>${escaped(summary)}</h2><dl>${list}</dl></section>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
