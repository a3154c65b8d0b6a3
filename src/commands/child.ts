/**
 * The service or the watchdog as a process of its own, for `up` and the demo. It ends, as by SIGTERM, when the process that
 * forked it is gone. This is the only place where the two programs meet.
 */
import { once } from "node:events";

const [program, ...flags] = process.argv.slice(2);

const end = () => process.kill(process.pid, "SIGTERM");
process.once("disconnect", end);
if (!process.connected) end();

async function serve(): Promise<number> {
  const { keepHeapSmall } = await import("../main.ts");
  keepHeapSmall();
  // A message, since others may see flags, and a database's URL may hold a password.
  const [config] = await once(process, "message");
  const [{ reported }, command] = await Promise.all([import("../command-line.ts"), import("./serve.ts")]);
  return reported(() => command.serve(config));
}

async function watch(): Promise<number> {
  const { main } = await import("../../watchdog/main.ts");
  return main(flags, process.env);
}

process.exit(await (program === "watchdog" ? watch() : serve()));
