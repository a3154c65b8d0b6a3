/** Calls `buf curl` against a service that provides its schema through reflection. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { task } from "../support/database.ts";
import { SERVICE } from "./reflection-and-health.ts";
import type { SharedService } from "./shared-service.ts";

export const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
const program = promisify(execFile);

export const buf = async (...args: string[]) =>
  (await program(BUF, ["curl", "--http2-prior-knowledge", "--protocol", "grpc", ...args])).stdout;

/** Expects that buf lists methods and calls one without a schema file. */
export async function expectReflected(
  service: SharedService,
  protocol: "grpc-v1" | "grpc-v1alpha",
): Promise<void> {
  service.database().insert("tasks", task(1, "review"));
  const reflected = ["--reflect", "--reflect-protocol", protocol];
  const services = await buf(...reflected, "--list-methods", service.url);
  expect(services.split("\n")).toContain(`${SERVICE}/GetMetrics`);
  expect(services).toContain("grpc.health.v1.Health/Watch");
  const call = ["-d", '{"read_mask":"stages"}', `${service.url}/${SERVICE}/GetMetrics`];
  const answer = await buf(...reflected, ...call);
  expect(JSON.parse(answer).stages.counts).toEqual({ review: 1 });
}
