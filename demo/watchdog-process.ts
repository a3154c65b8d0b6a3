/** Runs `orch-watchdog` with the given flags, until its parent ends. */
import { main } from "../watchdog/main.ts";

process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Environment variables are only for a watchdog that is started by hand.
process.exit(await main(process.argv.slice(2), {}));
