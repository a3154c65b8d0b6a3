/** Reflection and health through `buf curl`, which starts slowly. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "vitest";
import { BUF, buf, expectReflected } from "./reflecting-buf.ts";
import { type Client, testReflectionAndHealth } from "./reflection-and-health.ts";

const PROTO = new URL("../../third_party/grpc-proto", import.meta.url).pathname;
const HEALTH = "/grpc.health.v1.Health";

async function ask(address: string, message: object) {
  return JSON.parse(await buf("--schema", PROTO, "-d", JSON.stringify(message), address));
}

const byBuf: Client = {
  reflect: (url, question) =>
    ask(`${url}/grpc.reflection.v1.ServerReflection/ServerReflectionInfo`, question),
  check: (url, service) => ask(`${url}${HEALTH}/Check`, { service }),
  refusal: (url, service) =>
    byBuf.check(url, service).then(
      () => undefined,
      ({ stderr }) => /not_found/.exec(stderr)?.[0],
    ),
  list: (url) => ask(`${url}${HEALTH}/List`, {}),
  watch(url) {
    const args = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "--schema", PROTO, "-d", "{}"];
    const watcher = spawn(BUF, [...args, `${url}${HEALTH}/Watch`]);
    const heard: string[] = [];
    let output = "";
    watcher.stdout.on("data", (chunk) => {
      output += chunk;
      const statuses = [...output.matchAll(/"(\w*SERVING)"/g)].map(([, status]) => status as string);
      heard.push(...statuses.slice(heard.length));
    });
    return { heard, ended: once(watcher, "close") };
  },
};

const service = testReflectionAndHealth(byBuf);

describe("reflection through buf", () => {
  it.each(["grpc-v1", "grpc-v1alpha"] as const)(
    "lists methods and calls one without a schema file, over %s",
    async (version) => {
      await expectReflected(service(), version);
    },
  );
});
