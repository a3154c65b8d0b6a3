/** Each stream has a copy of its answer: 300 of one MiB that nobody reads must not exceed a small cgroup. */
import { describe, it } from "vitest";
import { expectLittleMemory, get, rpc } from "./support/unread-answers.ts";

describe("300 large answers that nobody reads cost the service little memory", () => {
  it("as JSON", () => expectLittleMemory(get({})));
  it("as JSON in gzip", () => expectLittleMemory(get({ "accept-encoding": "gzip" })));
  it("by gRPC", () => expectLittleMemory(rpc({ "content-type": "application/grpc" })));
  it("by gRPC in gzip", () =>
    expectLittleMemory(rpc({ "content-type": "application/grpc", "grpc-accept-encoding": "gzip" })));
  it("by gRPC in JSON", () => expectLittleMemory(rpc({ "content-type": "application/grpc+json" }, "{}")));
  it("by gRPC-web", () => expectLittleMemory(rpc({ "content-type": "application/grpc-web" })));
});
