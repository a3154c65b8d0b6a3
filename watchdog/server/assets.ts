/** The page's files, from where this program lies. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Answer } from "./answer.ts";

const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

const IN_CHECKOUT = import.meta.url.endsWith(".ts");

type Files = ReadonlyMap<string, Buffer>;
let files: Promise<Files> | undefined;

/** `index.html`, `page.js` or `page.css`; undefined: no such file of ours. */
export function pageFile(name: string): Promise<Answer> | undefined {
  const type = TYPES[name];
  if (type === undefined) return undefined;
  files ??= readFiles();
  return files.then((all) => {
    const body = all.get(name) ?? Buffer.alloc(0);
    return {
      status: 200,
      body,
      headers: { "content-type": type, "cache-control": "no-cache", etag: etagOf(body) },
    };
  });
}

/** The package holds the page as it was built; a checkout makes it from its sources, once for each start. */
async function readFiles(): Promise<Files> {
  if (!IN_CHECKOUT)
    return new Map(
      Object.keys(TYPES).map((name) => [name, readFileSync(new URL(`../page/${name}`, import.meta.url))]),
    );
  // By an address that is worked out: neither this script nor esbuild is in the package.
  const script = new URL("../../scripts/bundle-page.ts", import.meta.url);
  const { bundlePage } = (await import(script.href)) as { bundlePage: () => Files };
  return bundlePage();
}

function etagOf(body: Buffer): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
}
