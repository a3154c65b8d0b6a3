/**
 * An agent that behaves as its first argument says, for ever; it needs nothing but Node. Computing is what no
 * optimiser takes away; the shares of a core are small where the truth allows, so that many fit on a small machine.
 *
 * busy LOG: computes all the time and logs what it did. parent: waits for a child that computes. daemon-parent SECONDS:
 * waits for the end of a pipe held by a grandchild that left its tree, computes, and says something every SECONDS.
 * stream URL: reads an endless answer. idle LOG SECONDS: a model call, then nothing for SECONDS, in turns. deadlocked:
 * waits for a lock that nobody holds. pipe: waits for the end of a pipe, whose other end a killed child's child holds.
 * spinning: computes and does nothing. easy: computes a tenth of the time. asleep: waits for a timer that is far away.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";

const [behaviour = "", ...args] = process.argv.slice(2);
const FAR_AWAY = 2 ** 31 - 1;

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function computeSometimes(share: number): void {
  setInterval(() => compute(100 * share), 100);
}

const child = (stdio: "pipe" | "inherit" | "ignore", detached: boolean, ...args: string[]) =>
  spawn(process.execPath, [import.meta.filename, ...args], { stdio: ["ignore", stdio, "ignore"], detached });

switch (behaviour) {
  case "busy":
    for (let round = 0; ; round += 1) {
      compute(250);
      appendFileSync(args[0] as string, `round ${round}\n`);
    }
  case "parent":
    await once(child("ignore", false, "computing"), "exit");
    break;
  case "computing":
    computeSometimes(0.3);
    break;
  case "daemon-parent": {
    const { stdout } = child("pipe", false, "daemon-child", ...args);
    for await (const _ of stdout as NodeJS.ReadableStream);
    break;
  }
  case "daemon-child":
    child("inherit", true, "daemon", ...args).unref();
    process.exit();
    break;
  case "daemon":
    computeSometimes(0.3);
    setInterval(() => process.stdout.write("still at it\n"), Number(args[0]) * 1000);
    break;
  case "stream":
    for await (const _ of (await fetch(args[0] as string)).body as ReadableStream);
    break;
  case "idle": {
    const turn = () => {
      compute(200);
      appendFileSync(args[0] as string, "a model call\n");
      setTimeout(turn, Number(args[1]) * 1000);
    };
    turn();
    break;
  }
  case "deadlocked":
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    break;
  case "pipe": {
    const middle = child("pipe", false, "pipe-child");
    await once(middle.stdout as NodeJS.ReadableStream, "data");
    middle.kill("SIGKILL");
    await once(middle, "close");
    break;
  }
  case "pipe-child":
    child("inherit", false, "pipe-holder");
    setTimeout(() => {}, FAR_AWAY);
    break;
  case "pipe-holder":
    process.stdout.write("it holds the pipe\n");
    setTimeout(() => {}, FAR_AWAY);
    break;
  case "spinning":
    for (;;) compute(1_000);
  case "easy":
    computeSometimes(0.1);
    break;
  case "asleep":
    setTimeout(() => {}, FAR_AWAY);
    break;
  default:
    throw new Error(`an agent does not know how to be "${behaviour}"`);
}
