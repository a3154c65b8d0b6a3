/** Reflection and health through `@grpc/grpc-js`. The slow tier uses `buf curl`. */
import { once } from "node:events";
import { status as codes, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Client, testReflectionAndHealth } from "./reflection-and-health.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is made at run time has no types.
type Dynamic = any;

const LOADED: Dynamic = loadPackageDefinition(
  loadSync(["grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto"], {
    includeDirs: [new URL("../../third_party/grpc-proto", import.meta.url).pathname],
    enums: String,
  }),
);
const { Health } = LOADED.grpc.health.v1;
const { ServerReflection } = LOADED.grpc.reflection.v1;

/** Creates a client for one call to the service at `url`. */
const client = (Service: Dynamic, url: string) =>
  new Service(new URL(url).host, credentials.createInsecure());

/** Makes one unary call. */
function unary(url: string, method: "Check" | "List", request: object): Promise<Dynamic> {
  const health = client(Health, url);
  return new Promise((resolve, reject) =>
    health[method](request, (error: unknown, answer: unknown) => {
      health.close();
      if (error) reject(error);
      else resolve(answer);
    }),
  );
}

const byGrpc: Client = {
  async reflect(url, question) {
    const reflection = client(ServerReflection, url);
    const stream = reflection.ServerReflectionInfo();
    stream.write(question);
    const [answer] = await once(stream, "data");
    stream.end();
    reflection.close();
    return answer;
  },
  check: (url, service) => unary(url, "Check", { service }),
  refusal: (url, service) =>
    byGrpc.check(url, service).then(
      () => undefined,
      ({ code }) => codes[code]?.toLowerCase(),
    ),
  list: (url) => unary(url, "List", {}),
  watch(url) {
    const health = client(Health, url);
    const stream = health.Watch({});
    const heard: string[] = [];
    stream.on("data", ({ status }: { status: string }) => heard.push(status));
    stream.on("error", () => {});
    return { heard, ended: once(stream, "close").finally(() => health.close()) };
  },
};

const _service = testReflectionAndHealth(byGrpc);
