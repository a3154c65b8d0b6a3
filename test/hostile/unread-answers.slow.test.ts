/** Each stream holds a copy of its response: 300 unread ones of one MiB each must not exceed a small cgroup. */
import { describe, it } from "vitest";
import { expectLittleMemory, get, rpc } from "./support/unread-answers.ts";

describe("300 large unread responses use little memory", () => {
  it("as JSON", () => expectLittleMemory(get({})));
  it("as JSON with gzip", () => expectLittleMemory(get({ "accept-encoding": "gzip" })));
  it("over gRPC", () => expectLittleMemory(rpc({ "content-type": "application/grpc" })));
  it("over gRPC with gzip", () =>
    expectLittleMemory(rpc({ "content-type": "application/grpc", "grpc-accept-encoding": "gzip" })));
  it("over gRPC as JSON", () => expectLittleMemory(rpc({ "content-type": "application/grpc+json" }, "{}")));
  it("over gRPC-web", () => expectLittleMemory(rpc({ "content-type": "application/grpc-web" })));
});
