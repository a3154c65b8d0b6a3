/** How both programs read their flags and variables, with a table of test settings. */
import { describe, expect, it } from "vitest";
import { nearest } from "../../shared/nearest.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { readSettings } from "../../shared/read-settings.ts";
import { boolean, choice, defineSettings, file, integer, list, number, text } from "../../shared/settings.ts";
import { aligned, helpText, settingsTable, wrapped } from "../../shared/settings-help.ts";

const SETTINGS = defineSettings("APP_", {
  source: text({
    env: "SOURCE",
    placeholder: "URL",
    describe: "what to read",
    accepts: "a URL",
    fallback: "",
    required: true,
  }),
  maxItems: integer({ placeholder: "COUNT", describe: "the most", from: 1, to: 9, fallback: 5 }),
  pace: number({ placeholder: "SECONDS", describe: "how often", from: 0.5, to: 2, fallback: 1 }),
  enabled: boolean("do anything at all", true),
  key: file("the key", { needs: ["certificate"] }),
  certificate: file("the certificate", { excludes: ["pace"] }),
  level: choice({ placeholder: "LEVEL", describe: "how much", of: ["low", "high"], fallback: "low" }),
  names: {
    ...list({ placeholder: "NAMES", describe: "who", accepts: "names", fallback: [] }),
    repeatable: true,
  },
});

const read = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  readSettings({ settings: SETTINGS, prefix: "APP_", args, env, ownerOf });
const ownerOf = (flag: string) => (flag === "elsewhere" ? "another" : undefined);

describe("settings", () => {
  it("have their defaults", () => {
    expect(read(["--source", "x"])).toEqual({
      source: "x",
      maxItems: 5,
      pace: 1,
      enabled: true,
      key: null,
      certificate: null,
      level: "low",
      names: [],
    });
  });

  it("come from flags before variables, and an empty variable is unset", () => {
    const env = { SOURCE: "variable", APP_MAX_ITEMS: "9", APP_LEVEL: "" };
    expect(read(["--max-items=2"], env)).toMatchObject({ source: "variable", maxItems: 2, level: "low" });
  });

  it("ignore the variables that Kubernetes sets for a Service of the same name", () => {
    const env = {
      SOURCE: "x",
      APP_SERVICE_HOST: "10.0.0.1",
      APP_SERVICE_PORT: "9977",
      APP_SERVICE_PORT_HTTP: "9977",
      APP_MAX_ITEMS_PORT: "tcp://10.0.0.2:80",
      APP_CANARY_SERVICE_HOST: "10.0.0.3",
      APP_CANARY_SERVICE_PORT_GRPC_WEB: "9977",
      APP_CANARY_PORT: "tcp://10.0.0.3:9977",
      APP_CANARY_PORT_9977_TCP_ADDR: "10.0.0.3",
      APP_PACE: "2",
    };
    for (const port of ["PORT", "PORT_9977_TCP", "PORT_53_UDP"]) {
      Object.assign(env, { [`APP_${port}`]: "tcp://10.0.0.1:9977" });
      if (port === "PORT") continue;
      for (const part of ["PROTO", "PORT", "ADDR"]) Object.assign(env, { [`APP_${port}_${part}`]: "tcp" });
    }
    expect(read([], env)).toMatchObject({ source: "x", pace: 2 });
    for (const wrong of ["9977", "tcp", "tcp:/10.0.0.1", "http://10.0.0.1:80", "10.0.0.1:9977"])
      expect(() => read([], { SOURCE: "x", APP_PORT: wrong })).toThrow(
        'unknown environment variable "APP_PORT"',
      );
  });

  it("that are boolean need no value, but accept one", () => {
    expect(read(["--source", "x", "--enabled", "--max-items", "1"]).enabled).toBe(true);
    expect(read(["--source", "x", "--enabled", "off", "--max-items", "1"]).enabled).toBe(false);
    expect(read(["--source", "x", "--enabled=no"]).enabled).toBe(false);
  });

  it("that are repeatable join their lists, while the last value of others counts", () => {
    const args = ["--source", "x", "--names", "a,b", "--names", "c", "--max-items", "1", "--max-items", "2"];
    expect(read(args)).toMatchObject({ names: ["a", "b", "c"], maxItems: 2 });
  });

  it("may be restricted to flags", () => {
    const options = { settings: SETTINGS, prefix: "APP_", args: [], env: { SOURCE: "x" } };
    expect(readSettings({ ...options, byFlagAlone: ["source"] }).source).toBe("");
    expect(() => readSettings({ ...options, args: ["--level", "high"], names: ["source"] })).toThrow(
      'unknown flag "--level"',
    );
  });

  it.each<[args: readonly string[], env: Record<string, string>, message: string]>([
    [[], {}, "no source: set --source URL or SOURCE"],
    [["--sorce", "x"], {}, 'unknown flag "--sorce" (did you mean "--source"?)'],
    [["--max", "1"], {}, 'unknown flag "--max" (did you mean "--max-items"?)'],
    [["--whatever"], {}, 'unknown flag "--whatever": --help lists the flags'],
    [["-x"], {}, 'unknown flag "-x": --help lists the flags'],
    [["x"], {}, 'unexpected argument "x" (did you mean --source "x"?)'],
    [["--elsewhere"], {}, "--elsewhere is a flag of another"],
    [["--elsewhere=1"], {}, "--elsewhere is a flag of another"],
    [["--source", "x", "y"], {}, 'unexpected argument "y": --help lists the flags'],
    [["--source"], {}, "--source needs a value: a URL"],
    [["--source", "--pace"], {}, "--source needs a value: a URL"],
    [
      [],
      { APP_MAXITEMS: "1" },
      'unknown environment variable "APP_MAXITEMS" (did you mean "APP_MAX_ITEMS"?)',
    ],
    [[], { APP_SOURCE: "x" }, 'unknown environment variable "APP_SOURCE" (did you mean "SOURCE"?)'],
    [[], { "APP_\n": "x" }, 'unknown environment variable "APP_\\n": --help lists the variables'],
    [
      ["--source", "x", "--max-items", "10"],
      {},
      '--max-items: invalid value "10": use a whole number from 1 to 9',
    ],
    [["--source", "x", "--max-items", "x", "--max-items", "2"], {}, '--max-items: invalid value "x"'],
    [["--source", "x"], { APP_PACE: "0.4" }, 'APP_PACE: invalid value "0.4": use a number from 0.5 to 2'],
    [["--source", "x", "--level", "mid"], {}, '--level: invalid value "mid": use low, high'],
    [["--source", "x", "--names", "a,,b"], {}, '--names: invalid value "a,,b": use names'],
    [["--source", "x", "--key", "k"], {}, "--key also needs --certificate (or APP_CERTIFICATE)"],
    [
      ["--source", "x", "--certificate", "c"],
      { APP_PACE: "1" },
      "--certificate and APP_PACE cannot be used together: remove one",
    ],
  ])("with %j and %j fail: %s", (args, env, message) => {
    expect(() => read(args, env)).toThrow(UsageError);
    expect(() => read(args, env)).toThrow(message);
  });

  it.each([
    ["--source", "http://user:s3cret@h"],
    ["--level", "http://user:s3cret@h"],
    ["http://user:s3cret@h"],
    ["password=s3cret host=h"],
    ["http://h?token=s3cret"],
    ["--names", "http://user:s3cret@h", "--names", "b"],
  ])("never show a password: %s %s %s %s", (...args) => {
    expect(() => read(args)).toThrow(UsageError);
    expect(() => read(args)).not.toThrow("s3cret");
  });

  it("name the place for a password that a flag must not contain", () => {
    expect(() => read(["--source", "http://user:s3cret@h"])).toThrow(
      /^--source contains a password, which `ps` shows to every user: set SOURCE instead$/,
    );
  });

  it("are listed with their variables and defaults", () => {
    const help = helpText("app", {
      ...{ about: "an app", usage: " [FLAGS]", example: "app --source x" },
      settings: Object.values(SETTINGS),
      more: [["--more", "something else"]],
    });
    expect(help).toContain("\n  --source URL        what to read (SOURCE)\n");
    expect(help).toContain("\n  --max-items COUNT   the most (APP_MAX_ITEMS; default 5)\n");
    expect(help).toContain("\n  --more              something else\n");
    expect(help).toMatch(/\n\nExample:\n {2}app --source x\n$/);
    expect(settingsTable([SETTINGS.maxItems])).toContain(
      "| `--max-items COUNT` | `APP_MAX_ITEMS` | `5` | the most |\n",
    );
  });
});

describe("a wrapped text", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["1234567890", ["1234567890"]],
    ["12345 7890", ["12345 7890"]],
    ["12345 78901", ["12345", "78901"]],
    ["a 12345678901 b", ["a", "12345678901", "b"]],
    ["one two three four", ["one two", "three four"]],
  ])("%j has lines of at most ten characters, unless a word is longer", (text, lines) => {
    expect(wrapped(text, 10)).toEqual(lines);
  });
});

it("a table has columns as wide as their longest cells", () => {
  expect(aligned([["a", "b", "c"], ["long", "", "x"], ["b"]])).toEqual(["a     b  c", "long     x", "b"]);
});

describe("the nearest name", () => {
  it.each([
    ["prot", "port"],
    ["hsot", "host"],
    ["max-connection", "max-connections"],
    ["tls-cert", "tls-certificate"],
    ["MAX-CONNECTIONS", "max-connections"],
    ["__proto__", undefined],
    ["x", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ])("to %s is %s", (word, name) => {
    expect(nearest(word, ["host", "port", "max-connections", "tls-certificate"])).toBe(name);
  });
});
