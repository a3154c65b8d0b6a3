/**
 * Runs the service or the watchdog in its own process, for `up` and the demo. It stops, as on SIGTERM, when its parent is
 * gone. This is the only place where the two programs meet.
 */
import { once } from "node:events";

const [program, ...flags] = process.argv.slice(2);

const end = () => process.kill(process.pid, "SIGTERM");
process.once("disconnect", end);
if (!process.connected) end();

async function serve(): Promise<number> {
  const { keepHeapSmall } = await import("../main.ts");
  keepHeapSmall();
  // A message, since other users can see flags, and a database's URL may contain a password.
  const [config] = await once(process, "message");
  const [{ reported }, command] = await Promise.all([import("../command-line.ts"), import("./serve.ts")]);
  return reported(() => command.serve(config));
}

async function watch(): Promise<number> {
  const { main } = await import("../../watchdog/main.ts");
  return main(flags, process.env);
}

process.exit(await (program === "watchdog" ? watch() : serve()));
