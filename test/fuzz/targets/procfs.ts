/** Arbitrary text in the files of a process table. */
import assert from "node:assert";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseAuxiliaryVector, parseBootTime } from "../../../src/procfs/clock.ts";
import { mountOf, parseMountinfo } from "../../../src/procfs/mountinfo.ts";
import { validPid } from "../../../src/procfs/open-procfs.ts";
import { readSample, type Sampled } from "../../../src/procfs/samples.ts";
import { parseStat } from "../../../src/procfs/stat.ts";
import { holding } from "../../support/process-files.ts";
import { anyText, damaged, textOf } from "../lines.ts";
import { pure } from "../target.ts";

const own = (file: string) => readFileSync(`/proc/self/${file}`, "latin1");

const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.constantFrom("0x10", "1e309", "NaN", "-0", "1.5", "Infinity", "", " ", "0 0 0"),
);

/** Expects a count as the kernel writes it: whole, not negative, and never NaN or infinite. */
function assertCount(value: number | undefined, what: string): void {
  assert(value === undefined || (Number.isFinite(value) && value >= 0), `${what} is ${value}`);
}

const stats = fc.oneof(
  damaged(fc.constant(own("stat"))),
  textOf(fc.oneof(numbers, fc.constantFrom("(node)", ")", "S", "R", "Z")), [" ", " ", "\n", ""]),
  fc.array(numbers, { minLength: 20, maxLength: 30 }).map((fields) => `1 (a b) S ${fields.join(" ")}`),
  anyText,
);

export const stat = pure("proc-stat", stats, (line) => {
  try {
    const {
      state,
      name: _,
      parentPid: __,
      isKernelThread: ___,
      hasTerminal: ____,
      ...counts
    } = parseStat(line);
    assert(/^[A-Za-z]$/.test(state), `the state is ${JSON.stringify(state)}`);
    for (const [name, value] of Object.entries(counts)) assertCount(value, name);
  } catch (error) {
    assert(error instanceof RangeError, String(error));
  }
});

const counters = textOf(
  fc.oneof(
    numbers,
    fc.constantFrom("rchar:", "wchar:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:", "NSpid:"),
    fc.constantFrom(own("io"), own("status")),
  ),
  ["\n", "\t", " ", ""],
);

/** `status`, `io` and `schedstat` next to a valid `stat`: read twice, as two collections do. */
export const counterFiles = pure(
  "proc-status-io",
  fc.record({
    status: counters,
    io: counters,
    schedstat: textOf(numbers, [" ", "\n"]),
  }),
  (files) => {
    const text: Readonly<Record<string, string>> = {
      ...files,
      stat: "1 (a) S 1 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 5 6 7 8",
    };
    let sampled: Sampled | undefined;
    for (let round = 0; round < 2; round += 1) {
      sampled = readSample(holding(text), "/proc/1", sampled);
      for (const name of [
        "voluntaryContextSwitches",
        "readChars",
        "writeChars",
        "storageWriteBytes",
        "residentPages",
      ] as const)
        assertCount(sampled.sample[name], name);
    }
  },
);

const mountWords = fc.constantFrom(
  ...[
    "36 35 98:0 /root /mnt rw - ext4 /dev/sda rw",
    " - ",
    "/",
    "/mnt\\040x",
    "\\777",
    "\\999",
    "\\1",
    "nfs4",
  ],
);

export const mountinfo = pure(
  "proc-mountinfo",
  fc.tuple(
    fc.oneof(damaged(fc.constant(own("mountinfo"))), textOf(mountWords, [" ", "\n", ""]), anyText),
    fc.oneof(fc.constantFrom("/", "/proc/1", "/mnt x/a"), anyText),
  ),
  ([text, path]) => {
    const mounts = parseMountinfo(text);
    for (const { point, type } of mounts) assert(typeof point === "string" && typeof type === "string");
    const mount = mountOf(path, mounts);
    assert(mount === undefined || path === mount.point || path.startsWith(mount.point));
  },
);

export const auxiliaryVector = pure("proc-auxv", fc.uint8Array({ maxLength: 400 }), (bytes) => {
  for (const value of parseAuxiliaryVector(Buffer.from(bytes)).values())
    assert(Number.isSafeInteger(value) && value > 0, String(value));
});

export const bootTime = pure("proc-uptime", fc.oneof(numbers, textOf(numbers, [" ", "\n"])), (uptime) => {
  const ms = parseBootTime(uptime, Date.now());
  assert(ms === undefined || (Number.isSafeInteger(ms) && ms > 0 && ms <= Date.now() + 10), String(ms));
});

export const pid = pure("pid", fc.oneof(fc.anything(), fc.double(), fc.integer(), fc.bigInt()), (stored) => {
  const value = validPid(stored);
  assert(value === undefined || (Number.isInteger(value) && value >= 1 && value <= 2 ** 22));
});
