/** Clients that take their time, at limits that are shorter than the real ones: those are in the slow tests. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { type InProcess, startInProcess } from "../service/in-process.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import {
  expectBodyOfNoCallIsCut,
  expectIdleAreCut,
  expectNoFirstByteIsCut,
  expectOneAnswerEachIsMade,
  expectSlowBodyIsTold,
  expectSlowHeaderIsTold,
  expectSlowHttp2BodyIsCut,
  expectSlowHttp2ReaderIsCut,
  expectSlowReaderIsCut,
  expectTooMuchUnreadIsCut,
  fillLargely,
} from "./support/slow-clients.ts";

const HEADER_SECONDS = 1;
const REQUEST_SECONDS = 1.5;
const EXCHANGE_SECONDS = 1.5;
const IDLE_SECONDS = 1.5;

let database: TestDatabase;
beforeAll(() => {
  database = createDatabase();
  fillLargely(database);
});
afterAll(() => database[Symbol.dispose]());

describe.concurrent("a client that takes its time", () => {
  let hasteForRequests: InProcess;
  let hasteForAnswers: InProcess;
  beforeAll(async () => {
    hasteForRequests = await startInProcess(database.path, {
      times: { headerSeconds: HEADER_SECONDS, requestSeconds: REQUEST_SECONDS, lookSeconds: 0.1 },
    });
    hasteForAnswers = await startProgram(database.path, {
      times: { exchangeSeconds: EXCHANGE_SECONDS, idleSeconds: IDLE_SECONDS, lookSeconds: 0.1 },
    });
  });
  afterAll(async () => {
    await hasteForRequests[Symbol.asyncDispose]();
    await hasteForAnswers[Symbol.asyncDispose]();
  });

  // The longest first: no more than five run at once.
  it("between requests is cut off, while a call that streams goes on", () =>
    expectIdleAreCut(hasteForAnswers, IDLE_SECONDS));
  it("with a header is told 408", () => expectSlowHeaderIsTold(hasteForRequests, HEADER_SECONDS));
  it("with the first byte is cut off", () => expectNoFirstByteIsCut(hasteForRequests, HEADER_SECONDS));
  it("with a body is told 408", () => expectSlowBodyIsTold(hasteForRequests, REQUEST_SECONDS));
  it("with a body over HTTP/2 is cut off", () => expectSlowHttp2BodyIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("with the body of what is no call of a path that streams is cut off too", () =>
    expectBodyOfNoCallIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("with reading is cut off", () => expectSlowReaderIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("with reading over HTTP/2 is cut off", () =>
    expectSlowHttp2ReaderIsCut(hasteForAnswers, EXCHANGE_SECONDS));
});

describe("many clients that do not read", () => {
  let service: InProcess;
  beforeAll(async () => {
    service = await startInProcess(database.path);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("have one answer each made for them over HTTP/1.1, however many they ask for at once", () =>
    expectOneAnswerEachIsMade(service));

  it("lose their connections, the oldest first, once 32 MiB wait for them", () =>
    expectTooMuchUnreadIsCut(service));
});
