/** Compiles the package: JavaScript and types, the generated contract, the page, and data files. */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { bundlePage } from "./bundle-page.ts";

rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
cpSync("gen", "dist/gen", { recursive: true });
for (const file of globSync("{src,demo,watchdog}/**/*.{sql,yaml}")) cpSync(file, `dist/${file}`);
mkdirSync("dist/watchdog/page", { recursive: true });
for (const [name, contents] of bundlePage()) writeFileSync(`dist/watchdog/page/${name}`, contents);
