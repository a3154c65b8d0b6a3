/** Compiles the package: JavaScript and types, beside them the generated contract and the files that are data. */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
cpSync("gen", "dist/gen", { recursive: true });
for (const file of globSync("{src,demo,watchdog}/**/*.{sql,yaml}")) cpSync(file, `dist/${file}`);
