/**
 * `npm run bench`: measures the cost of a scrape, with the compiled program as it is installed.
 *
 *     npm run bench -- [PART...] [--rows 1000,1000000] [--rates 1,10,0.0667] [--seconds 30]
 *
 * The parts are rates, observer, hostile, watchdog and watchdog-history. All of them take about half an hour.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchHostile } from "./hostile.ts";
import { benchObserver } from "./observer.ts";
import { benchRates } from "./rates.ts";
import { benchWatchdog } from "./watchdog.ts";
import { benchWatchdogHistory } from "./watchdog-history.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "1000,1000000" },
    rates: { type: "string", default: "1,10,0.0667" },
    seconds: { type: "string", default: "0" },
  },
});
const numbers = (list: string) => list.split(",").map(Number);

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  rates: () =>
    benchRates({
      rows: numbers(values.rows),
      rates: numbers(values.rates),
      seconds: Number(values.seconds),
    }),
  observer: benchObserver,
  hostile: benchHostile,
  watchdog: benchWatchdog,
  "watchdog-history": benchWatchdogHistory,
};

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const bench = PARTS[name];
  if (!bench) throw new Error(`unknown part "${name}": the parts are ${Object.keys(PARTS).join(", ")}`);
  await bench();
}
