/**
 * Asks the process that reads stopped databases; starts it when needed, ends it when nobody asks any more. Nobody
 * is asked while the file is as it was.
 */
import { type ChildProcess, fork } from "node:child_process";
import { type Reading, SourceError } from "../fault.ts";
import type { SectionExamination } from "../repository.ts";
import { becameDue } from "../sql/read-parts.ts";
import type { Location } from "./location.ts";
import type { StoppedAnswer, StoppedRequest } from "./stopped-process.ts";

const SCRIPT = new URL(
  `./stopped-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

type StoppedContext = Omit<StoppedRequest, "id" | "path">;

export class StoppedReader {
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

  async #ask(request: Omit<StoppedRequest, "id">): Promise<StoppedAnswer> {
    const child = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const onMessage = (answer: StoppedAnswer) => {
        if (answer.id === id) settle(() => resolve(answer));
      };
      const onExit = () =>
        settle(() =>
          reject(
            new SourceError({
              code: "unavailable",
              message: "the process that reads a stopped database has ended; the next reading tries again",
            }),
          ),
        );
      const settle = (done: () => void) => {
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
    const child = fork(SCRIPT, {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: {},
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

/** A part that is broken, or whose history is still being read, is asked for again. */
function stillTrue({ journal, walAppeared, parts }: StoppedAnswer, { parts: names, nowMs }: StoppedContext) {
  return (
    journal === "wal" &&
    !walAppeared &&
    names.every((name) => {
      const reading: Reading<object> | undefined = parts[name];
      return reading?.ok && !becameDue(reading, nowMs);
    })
  );
}
