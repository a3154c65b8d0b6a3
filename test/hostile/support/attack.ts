/** A service under attack: meanwhile a client that behaves asks on and on, and each of its answers must be right. */
import { readdirSync, readlinkSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { GetMetricsResponseJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createDatabase, type TestDatabase, task } from "../../support/database.ts";
import { eventually, type RunningProgram, type StartOptions, startProgram } from "../../support/service.ts";

export interface Attack {
  readonly service: RunningProgram;
  readonly port: number;
  /** How many sockets the service has open. */
  sockets(): number;
}

/** How long the client that behaves rests between two requests. */
const REST_MILLISECONDS = 20;

/** A service starts slowly on a busy machine. */
const HOOK_MILLISECONDS = 60_000;

export interface AttackOptions extends StartOptions {
  /** Puts more into the database than two tasks. */
  readonly fill?: (database: TestDatabase) => void;
}

/**
 * One service for all tests of a file. After each the client that behaves must have been answered rightly since the test
 * began; after all the log must be short and tell nothing of the inside, and the service must stop as it should.
 */
export function underAttack({ fill, ...options }: AttackOptions = {}): Attack {
  let database: TestDatabase;
  let service: RunningProgram;
  let client: Client;
  let answersBefore = 0;
  beforeAll(async () => {
    database = createDatabase();
    database.insert("tasks", task(1, "review"), task(2, "review"));
    fill?.(database);
    service = await startProgram(database.path, options);
    client = startClient(service);
    await eventually("the service answers", () => client.answers() > 0, 50);
  }, HOOK_MILLISECONDS);
  beforeEach(() => {
    answersBefore = client.answers();
  });
  afterEach(async () => {
    await eventually("a client that behaves is answered", () => client.answers() > answersBefore);
  });
  afterAll(async () => {
    await client.stop();
    const code = await service.stop();
    database[Symbol.dispose]();
    expectQuietLog(service.log());
    expect(code).toBe(0);
  }, HOOK_MILLISECONDS);
  return {
    get service() {
      return service;
    },
    get port() {
      return Number(new URL(service.url).port);
    },
    sockets: () => openSockets(service.child.pid as number),
  };
}

/**
 * Over a connection of its own: one that was idle may have given way, and `fetch`, which takes such a one even for a request
 * that closes it, does not try again, as the clients of scrapers do.
 */
export function askAnew({ url }: RunningProgram, path: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    get(url + path, { agent: false }, (answer) => {
      const { statusCode: status = 500 } = answer;
      text(answer).then((body) => resolve(new Response(body, { status })), reject);
    }).on("error", reject);
  });
}

interface Client {
  /** How many right answers it got. Throws for one that was wrong, or never came. */
  answers(): number;
  stop(): Promise<void>;
}

function startClient(service: RunningProgram): Client {
  let stopped = false;
  let right = 0;
  let failure: unknown;
  async function ask(): Promise<void> {
    while (!stopped) {
      const answer = await askAnew(service, "/metrics?read_mask=stages");
      const { stages } = (await answer.json()) as GetMetricsResponseJson;
      // On a machine that is too busy the worker may miss its deadline, and must say so.
      if (stages?.error) expect(["unavailable", "deadline_exceeded"]).toContain(stages.error.code);
      else {
        expect(stages?.counts).toEqual({ review: 2 });
        right += 1;
      }
      await sleep(REST_MILLISECONDS);
    }
  }
  const asking = ask().catch((error: unknown) => {
    failure = error;
  });
  const answers = () => {
    if (failure !== undefined) throw failure;
    return right;
  };
  return {
    answers,
    async stop() {
      stopped = true;
      await asking;
      answers();
    },
  };
}

/** What may stand in the log after any number of attacks: an attacker must not fill the disk. */
const MOST_LOG_LINES = 40;

function expectQuietLog(log: string): void {
  const lines = log.trim().split("\n");
  expect(lines.length, log.slice(0, 4_000)).toBeLessThanOrEqual(MOST_LOG_LINES);
  for (const line of lines) {
    expect(line).toMatch(/"level":(30|40|"info"|"warn")/);
    expectNothingInside(line);
  }
}

/** No stack, no path and no SQL in what goes out. */
export function expectNothingInside(text: string): void {
  expect(text).not.toMatch(/\n\s+at |\\n\s+at |node:internal|node_modules|\.[jt]s\b|\/tmp\/|\/home\/|SELECT/);
}

function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}
