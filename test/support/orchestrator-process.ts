/** A writer in its own process, controlled over IPC: one statement at a time, or at full speed. */
import Database from "better-sqlite3";

export type WriterCommand =
  | { readonly do: "open"; readonly path: string; readonly journal: "wal" | "delete" }
  | { readonly do: "exec"; readonly sql: string }
  | { readonly do: "flood"; readonly sql: string }
  | { readonly do: "stopFlood" }
  | { readonly do: "close" };

let connection: Database.Database | undefined;
let flooding: NodeJS.Immediate | undefined;
let commits = 0;

function act(command: WriterCommand): unknown {
  switch (command.do) {
    case "open":
      connection = new Database(command.path, { timeout: 1_000 });
      return connection.pragma(`journal_mode = ${command.journal}`, { simple: true });
    case "exec":
      connection?.exec(command.sql);
      return undefined;
    case "flood": {
      const statement = connection?.prepare(command.sql);
      const next = () => {
        statement?.run();
        commits += 1;
        flooding = setImmediate(next);
      };
      next();
      return undefined;
    }
    case "stopFlood":
      clearImmediate(flooding);
      return commits;
    case "close":
      connection?.close();
      return undefined;
  }
}

process.on("message", (command: WriterCommand) => {
  try {
    process.send?.({ value: act(command) });
  } catch (error) {
    process.send?.({ error: (error as Error).message });
  }
});
process.on("disconnect", () => process.exit(0));
