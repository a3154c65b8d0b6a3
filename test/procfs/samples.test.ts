/** Values in `io` and `status` next to a valid `stat`, if a kernel writes something other than a count. */
import { expect, it } from "vitest";
import { readSample } from "../../src/procfs/samples.ts";
import { holding } from "../support/process-files.ts";

const STAT = "1 (a) S 1 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 5 6 7 8";

it.each(["", " ", "many", "-1", "1e309", "0.5"])(
  "a sample has no counter if the file contains %j",
  (text) => {
    const files: Readonly<Record<string, string>> = {
      stat: STAT,
      io: `rchar:${text}\nwchar: 25\n`,
      status: `Name:\ta\nvoluntary_ctxt_switches:${text}\n`,
    };
    expect(readSample(holding(files), "/proc/1").sample).toMatchObject({
      readChars: undefined,
      writeChars: 25,
      voluntaryContextSwitches: undefined,
    });
  },
);

it("a sample of an idle process has its current memory size, and all else as before", () => {
  const files: Record<string, string> = { stat: STAT, io: "", status: "", schedstat: "5 6 7\n" };
  const first = readSample(holding(files), "/proc/1");
  files.stat = STAT.replace("20 0 1 0", "20 0 9 0").replace(/7 8$/, "4 8");
  const idle = readSample(holding(files), "/proc/1", first);
  expect(idle).toMatchObject({ hasRun: false, sample: { residentPages: 4, threads: 1 } });
  files.schedstat = "8 6 8\n";
  const busy = readSample(holding(files), "/proc/1", idle);
  expect(busy).toMatchObject({ hasRun: true, sample: { residentPages: 4, threads: 9 } });
});
