/**
 * Imported before a program: makes opening /proc/PID/$WITHHOLD fail with the error of ptrace(2). No process setting does that
 * for a single file: capabilities, Landlock and seccomp also block `wchan` and `fd`, or nothing, and Yama is a kernel module
 * that not every machine has.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const withheld = new RegExp(`^/proc/\\d+(/task/\\d+)?/${process.env.WITHHOLD}$`);
const { openSync } = fs;

fs.openSync = (path, ...rest) => {
  if (!withheld.test(path)) return openSync(path, ...rest);
  throw Object.assign(new Error(`EPERM: operation not permitted, open '${path}'`), {
    code: "EPERM",
    errno: -1,
  });
};
syncBuiltinESMExports();
