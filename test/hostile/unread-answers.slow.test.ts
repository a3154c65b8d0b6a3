/** Large answers that nobody reads, in more encodings than in `unread-answers.test.ts`. */
import { describe, it } from "vitest";
import { expectLittleMemory, get, rpc } from "./support/unread-answers.ts";

describe("300 large answers that nobody reads cost the service little memory", () => {
  it("as JSON in gzip", () => expectLittleMemory(get({ "accept-encoding": "gzip" })));
  it("by gRPC in gzip", () =>
    expectLittleMemory(rpc({ "content-type": "application/grpc", "grpc-accept-encoding": "gzip" })));
  it("by gRPC in JSON", () => expectLittleMemory(rpc({ "content-type": "application/grpc+json" }, "{}")));
  it("by gRPC-web", () => expectLittleMemory(rpc({ "content-type": "application/grpc-web" })));
});
