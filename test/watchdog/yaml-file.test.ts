/** Files with an operator's mistakes: each error is one line with its location. */
import { expect, it } from "vitest";
import { retiredKeyWarnings } from "../../watchdog/config/retired-thresholds.ts";
import { parseTargets } from "../../watchdog/config/targets-file.ts";
import { parseThresholds, thresholdsOf } from "../../watchdog/config/thresholds.ts";

it("an alias without an anchor is reported", () => {
  expect(() => parseThresholds("judgement: *defaults\n", "t.yaml")).toThrow(
    /^t\.yaml:1: an alias has no anchor/,
  );
});

it("a key of several lines is shown on one line", () => {
  expect(() => parseThresholds("? rules:\n    agent-hung:\n", "t.yaml")).toThrow(
    /^t\.yaml:1: .*: unknown setting$/,
  );
});

it("the judgement's old keys are accepted, have no effect, and raise a warning each", () => {
  const file = parseThresholds(
    "judgement: { fruitless_seconds: 9 }\ntargets: { one: { judgement: { quiet_switches_per_minute: 3 } }, two: }",
    "t.yaml",
  );
  const instead = "lock_seconds, repeat_seconds, peer_seconds, child_seconds and person_seconds";
  expect(retiredKeyWarnings(file)).toEqual([
    `judgement.fruitless_seconds no longer has an effect: remove it; the time limits are now ${instead}`,
    `targets.one.judgement.quiet_switches_per_minute no longer has an effect: remove it; the time limits are now ${instead}`,
  ]);
  expect(thresholdsOf(file, "one")).toEqual(thresholdsOf({}));
});

it("an unknown key of the judgement, or an old key in another place, is rejected", () => {
  expect(() =>
    parseThresholds("judgement: { fruitful_seconds: 9 }\npolling: { fruitless_seconds: 9 }", "t.yaml"),
  ).toThrow(
    /^t\.yaml:1: judgement\.fruitful_seconds: unknown setting.*\nt\.yaml:2: polling\.fruitless_seconds: unknown setting$/,
  );
});

it("links may only be web addresses with placeholders that the page knows", () => {
  const ok =
    "links: { logs: 'https://logs.example/?run={run_id}', wiki: 'http://wiki/' }\ntargets: { main: { links: { wiki: null, tracker: 'https://t/{work_item}' } } }";
  const file = parseThresholds(ok, "t.yaml");
  expect(thresholdsOf(file, "main").links).toEqual({
    logs: "https://logs.example/?run={run_id}",
    tracker: "https://t/{work_item}",
  });
  expect(thresholdsOf(file, "other").links).toHaveProperty("wiki", "http://wiki/");
  for (const template of ["javascript:alert(1)", "//logs", "https://logs/{secret}", "https://a b/"])
    expect(() => parseThresholds(`links: { logs: ${JSON.stringify(template)} }`, "t.yaml"), template).toThrow(
      "t.yaml:1: links.logs must be an http or https URL, with no placeholder but {target}, {run_id}",
    );
});

it("a target with an invalid URL is rejected", () => {
  expect(() => parseTargets('targets: [{ name: one, url: "http://1127.0.0.1" }]', "t.yaml")).toThrow(
    "t.yaml:1: targets.0.url must be a URL such as http://127.0.0.1:9977, without user and query",
  );
});
