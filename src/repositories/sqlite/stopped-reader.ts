/**
 * Asks the process that reads stopped databases; starts it when needed, ends it when nobody asks any more. Nobody
 * is asked while the file is as it was.
 */
import { type ChildProcess, fork } from "node:child_process";
import { permissionFlags } from "../../permission-flags.ts";
import type { SectionName } from "../../profiles/contract.ts";
import { type Reading, SourceError } from "../fault.ts";
import type { SectionExamination } from "../repository.ts";
import { becameDue } from "../sql/read-parts.ts";
import { Rests } from "../sql/rests.ts";
import type { Location } from "./location.ts";
import type { BeganSelect, StoppedAnswer, StoppedRequest } from "./stopped-process.ts";
import { noteStopped } from "./stopped-select.ts";

const SCRIPT = new URL(
  `./stopped-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

const ENDED = new SourceError({
  code: "unavailable",
  message: "the process that reads a stopped database has ended; the next reading tries again",
});

/** A process that says nothing for so long never will: somebody stopped it, say. The next reading starts another. */
const SILENCE_MILLISECONDS = 60_000;

type StoppedContext = Omit<StoppedRequest, "id" | "path">;

export class StoppedReader {
  readonly #rests = new Rests();
  #child: ChildProcess | undefined;
  #nextId = 0;
  #known: { readonly version: string; readonly answer: StoppedAnswer } | undefined;

  /** Rejects with a SourceError when the process ends without an answer. */
  async read(location: Location, context: StoppedContext): Promise<StoppedAnswer> {
    const { version, path } = location;
    if (this.#known?.version === version && stillTrue(this.#known.answer, context)) {
      const { nowMs } = context;
      return { ...this.#known.answer, historyAsOf: { queue: nowMs, cost: nowMs } };
    }
    const answer = await this.#ask({ ...context, path });
    this.#known = { version, answer };
    return answer;
  }

  /** Runs and explains each SELECT of the profile. */
  async examine({ path }: Location, context: StoppedContext): Promise<readonly SectionExamination[]> {
    const answer = await this.#ask({ ...context, path, examine: true });
    return answer.examinations ?? [];
  }

  /** Again without the section whose SELECT ended the process, where one did. */
  async #ask(request: Omit<StoppedRequest, "id">): Promise<StoppedAnswer> {
    for (;;) {
      const resting = { ...request.resting, ...this.#rests.current() };
      const answer = await this.#askOnce({ ...request, resting });
      if (typeof answer === "object") return answer;
      noteStopped(this.#rests, answer);
    }
  }

  /** Resolves with the section whose SELECT ended the process, or rejects where it ended otherwise. */
  async #askOnce(request: Omit<StoppedRequest, "id">): Promise<StoppedAnswer | SectionName> {
    const child = this.#start();
    const id = this.#nextId++;
    let running: SectionName | undefined;
    return new Promise((resolve, reject) => {
      const onMessage = (message: StoppedAnswer | BeganSelect) => {
        if ("began" in message) running = message.began;
        else if (message.id === id) settle(() => resolve(message));
      };
      const onExit = () => settle(() => (running === undefined ? reject(ENDED) : resolve(running)));
      const silence = setTimeout(() => child.kill("SIGKILL"), SILENCE_MILLISECONDS);
      const settle = (done: () => void) => {
        clearTimeout(silence);
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.off("error", onExit);
        done();
      };
      child.on("message", onMessage);
      child.once("exit", onExit);
      child.once("error", onExit);
      child.send({ ...request, id });
    });
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const { NODE_OPTIONS } = process.env;
    const child = fork(SCRIPT, {
      execArgv: ["--disable-warning=ExperimentalWarning", ...permissionFlags()],
      env: NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child = child;
    return child;
  }

  close(): void {
    if (this.#child?.connected) this.#child.disconnect();
    this.#child = undefined;
    this.#known = undefined;
  }
}

/** Asked for again is a part that is broken, or whose history is still being read; and all once the clock was set back. */
function stillTrue(
  { journal, walAppeared, readAtMs, parts }: StoppedAnswer,
  { parts: names, nowMs }: StoppedContext,
) {
  return (
    journal === "wal" &&
    !walAppeared &&
    nowMs >= readAtMs &&
    names.every((name) => {
      const reading: Reading<object> | undefined = parts[name];
      return reading?.ok && !becameDue(reading, nowMs);
    })
  );
}
