/** Arbitrary flags, variables and files of both programs. */
import assert from "node:assert";
import fc from "fast-check";
import { OperatorError } from "../../../shared/operator-error.ts";
import { readConfig, SETTINGS, type SettingName } from "../../../src/settings.ts";
import { RULE_NAMES } from "../../../watchdog/config/rules.ts";
import {
  readConfig as readWatchdogConfig,
  SETTINGS as WATCHDOG_SETTINGS,
} from "../../../watchdog/config/settings.ts";
import { parseTargets } from "../../../watchdog/config/targets-file.ts";
import { parseThresholds, thresholdsOf, thresholdsText } from "../../../watchdog/config/thresholds.ts";
import { FileErrors } from "../../../watchdog/config/yaml-file.ts";
import { anyText, damaged, textOf, trapNames } from "../lines.ts";
import { pure } from "../target.ts";

interface AnySetting {
  readonly flag: string;
  readonly env: string;
  readonly fallback: unknown;
}

const values = fc.oneof(
  fc.constantFrom(
    "9977",
    "0",
    "65536",
    "-1",
    "1e3",
    "0x1F",
    "true",
    "OFF",
    "a,b",
    "a,,b",
    "30s",
    "500MB",
    "99999999999999999999d",
  ),
  fc.constantFrom(
    "postgres://u:p@h/d",
    "http://127.0.0.1:1/",
    "main=http://[::1]:9977",
    "http://",
    "--port",
    "--",
    "-h",
  ),
  trapNames,
  anyText,
);

/** Flags and variables of these settings, and others. */
function settingsFrom(settings: readonly AnySetting[], prefix: string) {
  const flag = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...settings.map((one) => `--${one.flag}`)) },
    fc.oneof(anyText, trapNames).map((text) => `--${text}`),
    values,
  );
  const args = fc.array(
    fc.oneof(
      fc.tuple(flag, values),
      fc.tuple(flag, values).map(([name, value]) => [`${name}=${value}`]),
      values.map((value) => [value]),
    ),
    { maxLength: 4 },
  );
  const variable = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...settings.map((one) => one.env)) },
    anyText.map((text) => prefix + text),
  );
  return fc.record({
    args: args.map((parts) => parts.flat()),
    env: fc.array(fc.tuple(variable, values), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
  });
}

/** Numbers whose default depends on another setting. All others without a default are texts. */
const NUMBERS_WITHOUT_DEFAULT: ReadonlySet<string> = new Set<SettingName>(["pagePort"]);

/** Accepted values have their default's type. Anything else gives a one-line error. */
function check(settings: Readonly<Record<string, AnySetting>>, read: () => object): void {
  let config: Readonly<Record<string, unknown>>;
  try {
    config = read() as typeof config;
  } catch (error) {
    assert(error instanceof OperatorError, error instanceof Error ? error.stack : String(error));
    const { message } = error as Error;
    assert(!message.includes("\n"), `more than one line: ${JSON.stringify(message)}`);
    return;
  }
  for (const [name, { fallback }] of Object.entries(settings)) {
    const value = config[name];
    if (value === fallback) continue;
    if (Array.isArray(value))
      assert(value.every((item) => typeof item === "string" || typeof item === "object"));
    else if (fallback === undefined || fallback === null)
      assert.equal(typeof value, NUMBERS_WITHOUT_DEFAULT.has(name) ? "number" : "string", name);
    else assert.equal(typeof value, typeof fallback, name);
    assert(typeof value !== "number" || Number.isFinite(value), `${name} is ${value}`);
  }
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

export const configuration = pure(
  "configuration",
  settingsFrom(Object.values(SETTINGS), "ORCH_METRICS_"),
  ({ args, env }) => check(SETTINGS, () => readConfig(args, env, NAMES, { byFlagAlone: ["database"] })),
);

export const watchdogConfiguration = pure(
  "watchdog-configuration",
  settingsFrom(Object.values(WATCHDOG_SETTINGS), "ORCH_WATCHDOG_"),
  ({ args, env }) => check(WATCHDOG_SETTINGS, () => readWatchdogConfig(args, env)),
);

const yamlWords = fc.constantFrom(
  ...[
    "judgement:",
    "rules:",
    "budget:",
    "polling:",
    "alerts:",
    "targets:",
    "  hung_seconds: 3",
    "for_seconds: -1",
  ],
  ...[
    "  - name: a",
    "    url: http://127.0.0.1:1",
    "token_file: x",
    "{",
    "}",
    "[",
    "]",
    "&a",
    "*a",
    "<<: *a",
    "!!binary",
    "? ",
  ],
  ...["null", "~", "1e999", ".inf", ".nan", "0o17", '"', "'", "|", ">", "---", "...", "%YAML 1.1", "\t", "#"],
  ...RULE_NAMES.map((name) => `  ${name}:`),
);
const yamls = (sound: string) =>
  fc.oneof(
    damaged(fc.constant(sound)),
    textOf(yamlWords, ["\n", "\n  ", " ", ""]),
    fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    anyText,
  );

function faultsOnly(parse: () => void): void {
  try {
    parse();
  } catch (error) {
    assert(error instanceof FileErrors, error instanceof Error ? error.stack : String(error));
    assert(error.errors.length > 0);
    for (const line of error.errors) assert(/^file\.yaml:\d+: ./.test(line) && !line.includes("\n"), line);
  }
}

export const thresholdsFile = pure("thresholds-file", yamls(thresholdsText()), (text) =>
  faultsOnly(() => {
    const file = parseThresholds(text, "file.yaml");
    for (const target of [undefined, "main", "__proto__"]) {
      const { judgement, rules, polling, alerts, budget } = thresholdsOf(file, target);
      for (const numbers of [judgement, polling, alerts, budget, ...Object.values(rules)])
        for (const [name, value] of Object.entries(numbers))
          assert(typeof value !== "number" || (Number.isFinite(value) && value >= 0), `${name} is ${value}`);
      assert.deepEqual(Object.keys(rules), RULE_NAMES);
    }
  }),
);

const TARGETS_FILE = "targets:\n  - name: main\n    url: http://127.0.0.1:9977\n    token_file: /run/token\n";

export const targetsFile = pure("targets-file", yamls(TARGETS_FILE), (text) =>
  faultsOnly(() => {
    for (const { name, url, token } of parseTargets(text, "file.yaml")) {
      assert(URL.canParse(url), `no URL: ${url}`);
      assert(/^[^\s/\\]+$/.test(name) && (token === undefined || typeof token === "function"));
    }
  }),
);
