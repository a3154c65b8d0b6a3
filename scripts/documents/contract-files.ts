/** Reads the contract as compiled by buf, since the generated code has no comments. */
import { execFileSync } from "node:child_process";
import { createFileRegistry, type DescFile, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

export interface ContractFiles {
  readonly metrics: DescFile;
  /** The responses of /health, /status and /queue. */
  readonly status: DescFile;
}

export function readContract(): ContractFiles {
  const image = fromBinary(FileDescriptorSetSchema, execFileSync("buf", ["build", "proto", "-o", "-"]));
  const registry = createFileRegistry(image);
  const file = (path: string): DescFile => {
    const found = registry.getFile(path);
    if (!found) throw new Error(`proto/ has no ${path}`);
    return found;
  };
  return {
    metrics: file("orchestrator/metrics/v1/metrics.proto"),
    status: file("orchestrator/status/v1/status.proto"),
  };
}

export function messageOf(file: DescFile, name: string) {
  const found = file.messages.find((message) => message.name === name);
  if (!found) throw new Error(`${file.name}.proto has no message ${name}`);
  return found;
}
