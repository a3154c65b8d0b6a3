/** A Unix socket to listen on: who may connect is its file's mode and group. See unix(7). */
import { once } from "node:events";
import { lstatSync, readFileSync, unlinkSync } from "node:fs";
import { chmod, chown } from "node:fs/promises";
import { connect, type Server } from "node:net";

export interface UnixSocket {
  readonly path: string;
  /** Such as 0o660: connecting takes the right to write. */
  readonly mode: number;
  /** A group's number; undefined: this process's own. */
  readonly group: number | undefined;
}

/** Rejects with the system's error; EADDRINUSE where somebody listens, EEXIST where another file stands there. */
export async function listenOnSocket(server: Server, { path, mode, group }: UnixSocket): Promise<void> {
  if (!isFree(path)) {
    if (await isAnswered(path)) throw Object.assign(new Error("in use"), { code: "EADDRINUSE" });
    unlinkSync(path);
  }
  // Nobody may connect before the mode and the group are what they should be.
  const before = process.umask(0o777);
  const listening = once(server, "listening");
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await listening;
  try {
    if (group !== undefined) await chown(path, -1, group);
    await chmod(path, mode);
  } catch (error) {
    server.close();
    throw error;
  }
}

function isFree(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isSocket()) throw Object.assign(new Error("no socket"), { code: "EEXIST" });
  return found === undefined;
}

/** Whether anybody accepts there. A process that was killed leaves a socket that nobody does: ECONNREFUSED. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

/** A group's number by its name, as this machine's own list has it: group(5). A number stands for itself. */
export function groupId(nameOrNumber: string): number | undefined {
  if (/^\d+$/.test(nameOrNumber)) return Number(nameOrNumber);
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [name, , number] = line.split(":");
    if (name === nameOrNumber && number) return Number(number);
  }
  return undefined;
}
