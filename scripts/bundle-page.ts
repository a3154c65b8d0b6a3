/** Bundles the watchdog's page into the files that its server serves: a document, a script and a style sheet. */
import { readFileSync } from "node:fs";
import { buildSync, type Metafile } from "esbuild";

const ROOT = new URL("../", import.meta.url).pathname;
const PAGE = `${ROOT}watchdog/page/`;

/** Returns the files by name. Throws esbuild's own error, which names the file and the line. */
export function bundlePage(): ReadonlyMap<string, Buffer> {
  const { outputFiles, metafile } = build();
  return new Map([
    ["index.html", readFileSync(`${PAGE}index.html`)],
    ...outputFiles.map(({ path, contents }): [string, Buffer] => [path.slice(1), Buffer.from(contents)]),
    ["licences.txt", Buffer.from(licencesOf(packagesIn(metafile)))],
  ]);
}

/** Returns the names of the packages whose code is bundled. */
export function bundledPackages(): readonly string[] {
  return packagesIn(build().metafile);
}

function build() {
  return buildSync({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: `${PAGE}main.tsx`, out: "page" },
      { in: `${PAGE}styles/page.css`, out: "page" },
    ],
    outdir: "/",
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: "esm",
    // The first versions that support light-dark(), which the styles need.
    target: ["chrome123", "firefox120", "safari17.5"],
    legalComments: "none",
  });
}

function packagesIn({ outputs }: Metafile): readonly string[] {
  const paths = Object.values(outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0),
  );
  const names = paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Returns the licences that must be distributed with the code. */
function licencesOf(packages: readonly string[]): string {
  return packages
    .map((name) => `${name}\n\n${readFileSync(`${ROOT}node_modules/${name}/LICENSE`, "utf8")}`)
    .join("\n");
}
