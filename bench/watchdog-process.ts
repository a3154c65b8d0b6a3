/**
 * Runs the watchdog and measures how late its polls are: `node bench/watchdog-process.ts PORT TARGETS HISTORY`. Sends
 * its page's address, and on each request the lateness of the polls since the previous one, in sorted milliseconds.
 */
import { pino } from "pino";
import { readConfig } from "../watchdog/config/settings.ts";
import { keepHeapSmall } from "../watchdog/small-heap.ts";
import { startWatchdog } from "../watchdog/start.ts";

const [port, count, history = ""] = process.argv.slice(2);
const targets = Array.from({ length: Number(count) }, (_, index) => ({
  name: `target-${index}`,
  url: `http://127.0.0.1:${port}/${index}`,
}));
keepHeapSmall();
let late: number[] = [];
const { url } = await startWatchdog(
  { ...readConfig([], {}), history, port: 0 },
  {
    thresholds: () => ({}),
    targets: () => targets,
    logger: pino({ level: "error" }, pino.destination(process.stderr.fd)),
    late: (milliseconds) => late.push(milliseconds),
  },
);
process.on("message", () => {
  process.send?.(late.sort((a, b) => a - b));
  late = [];
});
process.send?.(url);
