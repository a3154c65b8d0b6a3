/** Runs in every test file: if a test fails, prints the last lines of the programs it started. */
import { afterEach } from "vitest";
import { programOutputs } from "./program.ts";

const LAST_LINES = 20;

afterEach(({ task }) => {
  if (task.result?.state === "fail") {
    for (const { name, text } of programOutputs) {
      const lines = text().trim().split("\n").slice(-LAST_LINES);
      process.stderr.write(`\nLast lines of ${name}:\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
    }
  }
  for (const output of programOutputs) if (output.ended()) programOutputs.delete(output);
});
