/** The reader process. Its parent, the serving process, never waits for a query or a lock itself. */
import { SECTION_NAMES } from "../../profiles/contract.ts";
import { DatabaseReader } from "./database-reader.ts";
import type { FromReader, ReaderStart, ReadRequest, ToReader } from "./reader-process.ts";
import { StatementRunner, startProcessGuard } from "./statement-runner.ts";

/** The share of one core while totals are missing. */
const FIRST_PASS_SHARE = 0.5;
/** The share of one core once everything has been read. Every segment is then read again in turn. */
const VERIFYING_SHARE = 0.003;
/** Batches are read in bursts, since a timer for each would take longer than the batch. */
const BURST_MILLISECONDS = 5;
/** How often to check again if nothing is due. */
const REST_MILLISECONDS = 2_000;

let reader: DatabaseReader | undefined;
let idleMilliseconds = 0;
let idle: NodeJS.Timeout | undefined;
let stepping: NodeJS.Timeout | undefined;

// systemd signals every process of a unit, and a closing terminal every process of its group. This process ends with
// its parent.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToReader) => {
  if ("databasePath" in message) start(message);
  else if (reader) answer(reader, message);
});

function start({ idleSeconds, ...options }: ReaderStart): void {
  const runner = new StatementRunner(startProcessGuard(SECTION_NAMES));
  reader = new DatabaseReader(options, runner, (unexpected) => send({ unexpected }));
  idleMilliseconds = idleSeconds * 1000;
}

function answer(from: DatabaseReader, request: ReadRequest): void {
  clearTimeout(idle);
  send({ id: request.id, answer: answerTo(from, request) });
  idle = setTimeout(rest, idleMilliseconds, from);
  stepping ??= setTimeout(step, 0, from);
}

function send(message: FromReader): void {
  process.send?.(message);
}

function answerTo(from: DatabaseReader, request: ReadRequest) {
  const { nowMs, parts, profiles, select, countsVisits, backedOff } = request;
  if (parts) return from.read(parts, nowMs, backedOff);
  if (profiles) return from.fits(profiles);
  if (select) return from.select(select);
  return from.examine(nowMs, countsVisits, backedOff);
}

/** Reads history between readings: the first pass quickly, and then repeatedly in a small share of the time. */
function step(from: DatabaseReader): void {
  const began = performance.now();
  let more = from.stepHistory(Date.now());
  while (more && performance.now() - began < BURST_MILLISECONDS) more = from.stepHistory(Date.now());
  const took = performance.now() - began;
  const share = from.isIncomplete ? FIRST_PASS_SHARE : VERIFYING_SHARE;
  stepping = setTimeout(step, more ? took / share - took : REST_MILLISECONDS, from);
}

/**
 * Closes the database when there are no more readings, but completes the first pass before, so that it need not be repeated.
 */
function rest(from: DatabaseReader): void {
  if (from.isIncomplete) {
    idle = setTimeout(rest, idleMilliseconds, from);
    return;
  }
  clearTimeout(stepping);
  stepping = undefined;
  from.release();
}
