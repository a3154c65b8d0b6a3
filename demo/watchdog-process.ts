/** `orch-watchdog` with the flags that it was given, for as long as whoever started it is there. */
import { main } from "../watchdog/main.ts";

process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Variables are for a watchdog that somebody starts by hand.
process.exit(await main(process.argv.slice(2), {}));
