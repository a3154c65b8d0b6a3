/** Reads databases in a process of another user, or in its own mount namespace. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { runInNamespace, throughNobody } from "../support/other-user.ts";

const PROCESS = new URL("./elsewhere-process.ts", import.meta.url).pathname;

export interface Elsewhere extends AsyncDisposable {
  /** Opens the database, reads its stages once, and closes it. */
  read(path: string): Promise<unknown>;
}

/** Starts a process of the user nobody, which reads one database after the other. */
export function startElsewhere(): Elsewhere {
  const nobody = throughNobody();
  const [command = "", ...args] = [...nobody.through, process.execPath, PROCESS];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async read(path) {
      child.stdin.write(`${JSON.stringify(path)}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error("the process that reads as nobody has ended");
      return JSON.parse(value) as unknown;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
      nobody[Symbol.dispose]();
    },
  };
}

/** Reads once, as root, with only the file mounted at the path. */
export function readMounted(file: string, path: string): unknown {
  const script = (project: string) => `
    import { openSqliteRepository } from "${project}/src/repositories/sqlite/open.ts";
    const repository = openSqliteRepository({ databasePath: ${JSON.stringify(path)}, deadlineSeconds: 60 });
    const { parts } = await repository.read(["stages"]);
    console.log(JSON.stringify(parts.stages.ok ? parts.stages.value.tasks.length : parts.stages.failure));
    await repository.close();`;
  return runInNamespace(script, { prepare: `mount --bind '${file}' '${path}'`, user: "root" });
}
