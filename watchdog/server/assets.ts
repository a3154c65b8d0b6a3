/** The page's files, and the runbooks, from where this program lies. */
import { readFileSync, statSync } from "node:fs";
import { type Answer, failure } from "./answer.ts";

const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

/** In a checkout the build puts them into dist/; in the package they lie beside the compiled server. */
const PAGE = inThisCheckout() ? "../../dist/watchdog/page/" : "../page/";
const RUNBOOKS = inThisCheckout() ? "../../docs/runbooks/" : "../../../docs/runbooks/";

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>orch-watchdog</title>
<h1>The page is not built</h1>
<p>The watchdog runs: it watches and alerts. Its page is made by <code>npm run build</code>. What it would show is JSON at
<a href="/api/fleet">/api/fleet</a> and <a href="/api/alerts">/api/alerts</a>.</p></html>
`;

function inThisCheckout(): boolean {
  return import.meta.url.endsWith(".ts");
}

/** `index.html`, `page.js` or `page.css`; undefined: no such file of ours. */
export function pageFile(name: string): Answer | undefined {
  const type = TYPES[name];
  if (type === undefined) return undefined;
  const file = new URL(PAGE + name, import.meta.url);
  try {
    const headers = { "content-type": type, "cache-control": "no-cache", etag: etagOf(file) };
    return { status: 200, body: readFileSync(file), headers };
  } catch {
    if (name !== "index.html") return failure("unavailable", "the page is not built: npm run build");
    return {
      status: 503,
      body: NOT_BUILT,
      headers: { "content-type": TYPES["index.html"] ?? "", "cache-control": "no-store" },
    };
  }
}

function etagOf(file: URL): string {
  const { size, mtimeMs } = statSync(file);
  return `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
}

/** A rule's runbook, as the text that it is. */
export function runbook(name: string): Answer {
  if (/^[a-z-]+$/.test(name)) {
    try {
      const body = readFileSync(new URL(`${RUNBOOKS}${name}.md`, import.meta.url));
      return {
        status: 200,
        body,
        headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" },
      };
    } catch {}
  }
  return failure("not_found", `there is no runbook ${name}`);
}
