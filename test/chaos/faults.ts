/** The faults of the processes, one after the other, each until everything runs again. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Victim } from "./victims.ts";

export interface Victims {
  readonly service: Victim;
  readonly orchestrator: Victim;
  readonly databasePath: string;
}

/** Waits for a random number of milliseconds between the two. */
const between = (low: number, high: number) => sleep(low + Math.random() * (high - low));

export const FAULTS: Readonly<Record<string, (victims: Victims) => Promise<void>>> = {
  async "the service killed"({ service }) {
    await service.end("SIGKILL");
    service.start();
    await between(500, 2_000);
  },

  async "the service stopped for a while"({ service }) {
    service.signal("SIGSTOP");
    await between(100, 3_500);
    service.signal("SIGCONT");
  },

  async "the service without file descriptors"({ service }) {
    service.limitFiles(true);
    await between(500, 1_500);
    service.limitFiles(false);
  },

  async "the orchestrator killed"({ orchestrator }) {
    await orchestrator.end("SIGKILL");
    await between(0, 1_000);
    orchestrator.start();
  },

  async "the orchestrator killed, and its -shm removed"({ orchestrator, databasePath }) {
    await orchestrator.end("SIGKILL");
    rmSync(`${databasePath}-shm`, { force: true });
    await between(300, 1_500);
    orchestrator.start();
  },

  async "the orchestrator stopped cleanly"({ orchestrator }) {
    await orchestrator.end("SIGTERM");
    await between(500, 3_000);
    orchestrator.start();
  },

  async "the reader process killed"({ service, orchestrator }) {
    await orchestrator.end("SIGTERM");
    await between(500, 1_500);
    service.signalChildren("SIGKILL");
    await between(200, 1_000);
    orchestrator.start();
  },

  async "the reader process hung"({ service, orchestrator }) {
    await orchestrator.end("SIGTERM");
    await between(500, 1_500);
    service.signalChildren("SIGSTOP");
    orchestrator.start();
    await between(500, 3_000);
    service.signalChildren("SIGCONT");
  },

  async "the orchestrator hung, perhaps within a commit"({ orchestrator }) {
    orchestrator.signal("SIGSTOP");
    await between(100, 1_500);
    orchestrator.signal("SIGCONT");
  },

  async "both killed at once"({ service, orchestrator }) {
    await Promise.all([service.end("SIGKILL"), orchestrator.end("SIGKILL")]);
    service.start();
    orchestrator.start();
    await between(500, 1_500);
  },
};
