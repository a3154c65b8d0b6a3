/** Invalid command lines: arguments, environment, and what the one-line error says. */
import { expect } from "vitest";

export const REFUSALS: readonly (readonly [
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  words: string,
])[] = [
  [[], {}, "no target: add one with --target NAME=URL, or a file of targets with --targets"],
  [["--target", "main"], {}, 'orch-watchdog: --target: invalid value "main": use NAME=URL'],
  [["--target", "a=http://u:secret@h"], {}, "to every user: use a token in --token-file instead"],
  [["--target", "a=http://h", "--target", "a=http://i"], {}, 'duplicate target name "a"'],
  [["--target", "a=http://h", "--poll-seconds", "0"], {}, "a number from 0.2 to 3600"],
  [["--target", "a=http://h", "--history-size", "5"], {}, "a size from 4MB"],
  [["--target", "a=http://1127.0.0.1"], {}, "invalid value"],
  [["--no\nthing"], {}, 'unknown flag "--no\\nthing"'],
  [["--nothing"], {}, 'unknown flag "--nothing": --help lists the flags'],
  [["--database", "x"], {}, "--database is a flag of orch-metrics"],
  [["--port", "1", "rest"], {}, 'unexpected argument "rest"'],
  [
    ["--target", "a=http://h"],
    { ORCH_WATCHDOG_PORTS: "1" },
    'unknown environment variable "ORCH_WATCHDOG_PORTS" (did you mean "ORCH_WATCHDOG_PORT"?)',
  ],
  [["--targets", "/nowhere/targets.yaml"], {}, "cannot read /nowhere/targets.yaml: no such file"],
  [["--targets", "/"], {}, "cannot read /: it is a folder"],
  [["--allowed-hosts", "http://proxy"], {}, "use host names or addresses without ports, separated by commas"],
  [
    ["--target", "a=http://h", "--token-file", "/nowhere/token"],
    {},
    "--token-file /nowhere/token: no such file",
  ],
  [
    ["--target", "a=http://h", "--host", "192.0.2.1"],
    {},
    "cannot listen on 192.0.2.1: use an address of this machine",
  ],
  [
    ["--target", "a=http://h", "--history", "/proc/a/b"],
    {},
    "cannot create the folder /proc/a (ENOENT): choose another",
  ],
];

/** Expects the error as the program prints it, on one line. */
export function expectOneLine(stderr: string, words: string): void {
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain(words);
}
