/** Slow clients: each is disconnected at its time limit, as the program sets it. */
import { describe, it } from "vitest";
import { underAttack } from "./support/attack.ts";
import {
  expectBodyOfNoCallIsCut,
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

const attack = underAttack({ fill: fillLargely });

describe.concurrent("a client that is slow", { timeout: 150_000 }, () => {
  it("with a header gets 408 after ten seconds", () => expectSlowHeaderIsTold(attack.service, 10));
  it("with the first byte is disconnected after ten seconds", () =>
    expectNoFirstByteIsCut(attack.service, 10));
  it("with a body gets 408 after twenty seconds", () => expectSlowBodyIsTold(attack.service, 20));
  it("with a body over HTTP/2 is disconnected after thirty seconds", () =>
    expectSlowHttp2BodyIsCut(attack.service, 30));
  it("with the body of an invalid call on a streaming path is disconnected too", () =>
    expectBodyOfNoCallIsCut(attack.service, 30));
  it("to read is disconnected after thirty seconds", () => expectSlowReaderIsCut(attack.service, 30));
  it("to read over HTTP/2 is disconnected after thirty seconds", () =>
    expectSlowHttp2ReaderIsCut(attack.service, 30));
});

describe("many clients that do not read", () => {
  it("have one response each built for them over HTTP/1.1, for any number of pipelined requests", () =>
    expectOneAnswerEachIsMade(attack.service));

  it("are disconnected, oldest first, once 32 MiB are unsent", () =>
    expectTooMuchUnreadIsCut(attack.service));
});
