/** Listens on a Unix socket, whose file mode and group control who can connect. See unix(7). */
import { once } from "node:events";
import { lstatSync, readFileSync, unlinkSync } from "node:fs";
import { chmod, chown } from "node:fs/promises";
import { connect, type Server } from "node:net";

export interface UnixSocket {
  readonly path: string;
  /** For example 0o660. A client needs write permission to connect. */
  readonly mode: number;
  /** A group ID. Undefined: the group of this process. */
  readonly group: number | undefined;
}

/** Rejects with the system's error: EADDRINUSE if another process listens, EEXIST if another kind of file exists there. */
export async function listenOnSocket(server: Server, { path, mode, group }: UnixSocket): Promise<void> {
  if (!isFree(path)) {
    if (await isAnswered(path)) throw Object.assign(new Error("in use"), { code: "EADDRINUSE" });
    unlinkSync(path);
  }
  // Nobody can connect until the mode and the group are set.
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

/** Whether a process accepts connections there. A killed process leaves a socket that refuses them: ECONNREFUSED. */
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

/** Returns a group's ID from its name, as in this machine's group file (group(5)). A number is returned as is. */
export function groupId(nameOrNumber: string): number | undefined {
  // The highest number means "unchanged" to chown(2).
  if (/^\d+$/.test(nameOrNumber))
    return Number(nameOrNumber) < 2 ** 32 - 1 ? Number(nameOrNumber) : undefined;
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [name, , number] = line.split(":");
    if (name === nameOrNumber && number) return Number(number);
  }
  return undefined;
}
