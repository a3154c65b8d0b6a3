/** What is installed is what docs/dependencies.md says, and what the lock file pins. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url).pathname;
const MODULES = join(ROOT, "node_modules");

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

const read = <T>(path: string) => JSON.parse(readFileSync(path, "utf8")) as T;
const manifestOf = (name: string) => read<Manifest>(join(MODULES, name, "package.json"));
const own = read<Manifest>(join(ROOT, "package.json"));
const { packages } = read<{ packages: Readonly<Record<string, Locked>> }>(join(ROOT, "package-lock.json"));
const locked = Object.entries(packages).filter(([path]) => path !== "");
const document = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");
const [, toRun = "", toBuild = ""] = document.split(/^## /m);

/** The cells of each row; the first names packages. */
function rows(
  section: string,
): readonly { readonly names: readonly string[]; readonly cells: readonly string[] }[] {
  return [...section.matchAll(/^\| (`.*) \|$/gm)].map(([, row = ""]) => {
    const [first = "", ...cells] = row.split(" | ");
    return { names: first.split(", ").map((name) => name.replaceAll("`", "")), cells };
  });
}

/** The package and all that it brings. */
function withWhatItNeeds(name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name) || !existsSync(join(MODULES, name))) return found;
  found.add(name);
  const { dependencies, optionalDependencies } = manifestOf(name);
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies }))
    withWhatItNeeds(other, found);
  return found;
}

function megabytes(names: Iterable<string>): number {
  const files = [...names].flatMap((name) =>
    globSync(`${name}/**`, { cwd: MODULES, withFileTypes: true }).filter((entry) => entry.isFile()),
  );
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1e6;
}

describe("docs/dependencies.md", () => {
  it("has a row for each package that runs, with its version, its licence, what it brings and its size", () => {
    const documented = rows(toRun).map(({ names: [name = ""], cells }) => [name, ...cells.slice(0, 4)]);
    const installed = documented.map(([name = ""]) => {
      const all = withWhatItNeeds(name);
      const { version, license } = manifestOf(name);
      return [name, version, license, String(all.size - 1), megabytes(all).toFixed(1)];
    });
    expect(documented).toEqual(installed);
    expect(documented.map(([name]) => name).toSorted()).toEqual(
      Object.keys(own.dependencies ?? {}).toSorted(),
    );
  });

  it("has each package that builds and tests, with its licence, and no other", () => {
    const documented = rows(toBuild);
    expect(documented.flatMap(({ names }) => names).toSorted()).toEqual(
      Object.keys(own.devDependencies ?? {}).toSorted(),
    );
    for (const { names, cells } of documented) {
      const licences = [...new Set(names.map((name) => manifestOf(name).license))];
      expect({ names, licence: cells[0] }).toEqual({ names, licence: licences.join(", ") });
    }
  });

  it("says how many packages and megabytes are installed to run it", () => {
    const direct = Object.keys(own.dependencies ?? {});
    const all = new Set(direct.flatMap((name) => [...withWhatItNeeds(name)]));
    expect(document).toContain(
      `needs ${direct.length} packages, and these bring ${all.size - direct.length} more: ${Math.round(megabytes(all))} MB`,
    );
  });
});

describe("package-lock.json", () => {
  it("has a checksum of every package, and names no server", () => {
    expect(locked.length).toBeGreaterThan(100);
    const loose = locked.filter(([, { integrity = "", resolved, link }]) => {
      return !/^sha512-[\w+/]{86}==$/.test(integrity) || resolved !== undefined || link;
    });
    expect(loose).toEqual([]);
  });

  it("pins what package.json asks for, which asks for exact versions", () => {
    for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) {
      expect({ name, version }).toEqual({
        name,
        version: expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
      });
      expect(manifestOf(name).version).toBe(version);
    }
  });

  it("brings to run only what permits every use", () => {
    const permissive = ["MIT", "MIT-0", "ISC", "Apache-2.0", "BSD-3-Clause", "(Apache-2.0 AND BSD-3-Clause)"];
    const others = locked.filter(([, { dev, license = "" }]) => !dev && !permissive.includes(license));
    expect(others).toEqual([]);
  });
});
