/** Reflection over another project's services, whose schema has extensions. Ours has none. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, it } from "vitest";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.js";
import { reflectionRoutes } from "../../src/reflection/reflection.ts";

const SCHEMA = `
syntax = "proto2";
package shop;
message Item { extensions 100 to 200; optional Kind kind = 1; enum Kind { BOOK = 0; } }
extend Item { optional string colour = 120; }
message Colours { extend Item { optional int32 shade = 121; } }
service Shop { rpc Find(Item) returns (Item); }
`;

function shop(): DescService {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  try {
    writeFileSync(join(folder, "shop.proto"), SCHEMA);
    const buf = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
    const image = execFileSync(buf, ["build", folder, "-o", "-"]);
    const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).getService("shop.Shop");
    return service as DescService;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("reflection returns the numbers of a message's extensions, and the file of each", async () => {
  const server = createServer(connectNodeAdapter({ routes: reflectionRoutes([shop()]) }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const questions = [
    { case: "allExtensionNumbersOfType", value: "shop.Item" },
    { case: "allExtensionNumbersOfType", value: "shop.Colours" },
    { case: "fileContainingExtension", value: { containingType: "shop.Item", extensionNumber: 121 } },
    { case: "fileContainingExtension", value: { containingType: "shop.Item", extensionNumber: 122 } },
    ...["shop.colour", "shop.Colours.shade", "shop.Item.Kind", "shop.Item.BOOK"].map((value) => ({
      case: "fileContainingSymbol" as const,
      value,
    })),
  ] as const;
  async function* requests() {
    for (const messageRequest of questions) yield { messageRequest };
  }
  const reflection = createClient(ServerReflection, createGrpcTransport({ baseUrl }));
  const answers: unknown[] = [];
  for await (const { messageResponse } of reflection.serverReflectionInfo(requests()))
    answers.push(
      messageResponse.case === "fileDescriptorResponse"
        ? messageResponse.value.fileDescriptorProto.map(
            (file) => fromBinary(FileDescriptorProtoSchema, file).name,
          )
        : messageResponse.case === "allExtensionNumbersResponse"
          ? messageResponse.value.extensionNumber
          : messageResponse.case === "errorResponse" && messageResponse.value.errorMessage,
    );
  server.close();
  const file = ["shop.proto"];
  const missing = 'unknown extension 122 of "shop.Item"';
  expect(answers).toEqual([[120, 121], [], file, missing, file, file, file, file]);
});
