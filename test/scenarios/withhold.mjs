/**
 * Imported before a program: refuses it to open /proc/PID/$WITHHOLD, with the error of ptrace(2). No setting of a process
 * does so for one file: capabilities, Landlock and seccomp refuse `wchan` and `fd` too, or nothing, and Yama is a module of the
 * kernel that not every machine has.
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
