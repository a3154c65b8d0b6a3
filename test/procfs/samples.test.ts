/** Values in `io` and `status` next to a valid `stat`, if a kernel writes something other than a count. */
import { expect, it } from "vitest";
import { sampleReader } from "../../src/procfs/samples.ts";
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
    const { read } = sampleReader(holding(files));
    expect(read("/proc/1").sample).toMatchObject({
      readChars: null,
      writeChars: 25,
      voluntaryContextSwitches: null,
    });
  },
);

it("a sample of an idle process has a memory size at most a second old", () => {
  let now = 0;
  const files: Record<string, string> = {
    stat: STAT,
    io: "",
    status: "",
    schedstat: "5 6 7\n",
    statm: "1 8 0 0 0 0 0\n",
  };
  const reader = sampleReader(holding(files), () => now);
  const residentPages = () => {
    const { sample } = reader.read("/proc/1");
    reader.forgetUnused();
    return sample.residentPages;
  };
  residentPages();
  residentPages();
  files.statm = "1 3 0 0 0 0 0\n";
  now = 999;
  expect(residentPages()).toBe(7);
  now = 1_000;
  expect(residentPages()).toBe(3);
  files.statm = "1 2 0 0 0 0 0\n";
  now = 1_999;
  expect(residentPages()).toBe(3);
  files.schedstat = "8 6 8\n";
  files.stat = STAT.replace(/7 8$/, "4 8");
  expect(residentPages()).toBe(4);
});
