/** The files of the page. */
import { hash } from "node:crypto";
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

/** Returns `index.html`, `page.js` or `page.css`; undefined for other names. */
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

/** The package contains the built page. A checkout builds it from its sources once per start. */
async function readFiles(): Promise<Files> {
  if (!IN_CHECKOUT)
    return new Map(
      Object.keys(TYPES).map((name) => [name, readFileSync(new URL(`../page/${name}`, import.meta.url))]),
    );
  // The path is computed, since the package contains neither this script nor esbuild.
  const script = new URL("../../scripts/bundle-page.ts", import.meta.url);
  const { bundlePage } = (await import(script.href)) as { bundlePage: () => Files };
  return bundlePage();
}

function etagOf(body: Buffer): string {
  return `"${hash("sha256", body, "base64url").slice(0, 16)}"`;
}
