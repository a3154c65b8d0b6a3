/** Files that an operator may write by mistake: each fault is a line that says where. */
import { expect, it } from "vitest";
import { parseTargets } from "../../watchdog/config/targets-file.ts";
import { parseThresholds } from "../../watchdog/config/thresholds.ts";

it("says that an alias names nothing", () => {
  expect(() => parseThresholds("judgement: *defaults\n", "t.yaml")).toThrow(
    /^t\.yaml:1: an alias has no anchor/,
  );
});

it("shows a key of several lines in one", () => {
  expect(() => parseThresholds("? rules:\n    agent-hung:\n", "t.yaml")).toThrow(
    /^t\.yaml:1: .*: unknown setting$/,
  );
});

it("refuses a target whose URL is none", () => {
  expect(() => parseTargets('targets: [{ name: one, url: "http://1127.0.0.1" }]', "t.yaml")).toThrow(
    "t.yaml:1: targets.0.url must be a URL such as http://127.0.0.1:9977, without user and query",
  );
});
