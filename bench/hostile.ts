/** What a client that behaves gets, and what the service takes, while others do not behave. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ATTACKS } from "./attacker.ts";
import { createFixture } from "./fixture.ts";
import { type Program, startService } from "./programs.ts";

const SECONDS = 15;
const SCRAPES_PER_SECOND = 20;

export async function benchHostile(): Promise<void> {
  using fixture = createFixture({ rows: 1_000 });
  await using service = await startService(fixture.path);
  console.log(
    `\nHostile traffic for ${SECONDS} s each; a client that behaves scrapes ${SCRAPES_PER_SECOND} times a second`,
  );
  report("nothing", await scrape(service));
  for (const name of Object.keys(ATTACKS)) {
    const attacker = fork(new URL("./attacker.ts", import.meta.url), [String(service.port), name]);
    await sleep(1_000);
    report(name, await scrape(service));
    attacker.disconnect();
    await once(attacker, "exit");
  }
}

interface Scrapes {
  readonly milliseconds: readonly number[];
  readonly failures: number;
  readonly mostMebibytes: number;
}

/** Each scrape opens its own connection, as one does that comes in the middle of an attack. */
async function scrape({ port, residentMebibytes }: Program): Promise<Scrapes> {
  const milliseconds: number[] = [];
  let failures = 0;
  let mostMebibytes = 0;
  const end = performance.now() + SECONDS * 1_000;
  while (performance.now() < end) {
    const began = performance.now();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
      const { schema_version: version } = (await answer.json()) as { schema_version?: number };
      if (answer.status !== 200 || version !== 1) failures += 1;
    } catch {
      failures += 1;
    }
    milliseconds.push(performance.now() - began);
    mostMebibytes = Math.max(mostMebibytes, residentMebibytes());
    await sleep(Math.max(0, 1_000 / SCRAPES_PER_SECOND - (performance.now() - began)));
  }
  return { milliseconds: milliseconds.sort((a, b) => a - b), failures, mostMebibytes };
}

function report(name: string, { milliseconds, failures, mostMebibytes }: Scrapes): void {
  const at = (share: number) =>
    (milliseconds[Math.floor(share * (milliseconds.length - 1))] ?? Number.NaN).toFixed(1);
  console.log(
    `${name.padEnd(36)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${failures} of ${milliseconds.length} failed, ${mostMebibytes.toFixed(0)} MiB`,
  );
}
