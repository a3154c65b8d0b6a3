/**
 * The typed client in a real browser, Debian's `chromium`. It is bundled, which fails for any Node builtin,
 * and runs in a page of the origin that also forwards its calls to the service. .ci/run runs it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSync } from "esbuild";
import { openBrowser } from "../watchdog/page/browser.ts";
import { startLargeService, TASKS } from "./large-service.ts";

const PAGE = `<!doctype html><script type="module">
import { Code, createMetricsClient } from "/client.js";
const client = createMetricsClient({ baseUrl: "/", token: "from the page" });
const { stages, queue } = await client.getMetrics({ readMask: { paths: ["stages"] } });
const refused = await client.getMetrics({ readMask: { paths: ["cots"] } }).catch((error) => error);
const late = await client.getMetrics({}, { timeoutMs: 1 }).catch((error) => error);
window.received = {
  tasks: stages.tasks.length,
  queue: queue === undefined,
  refused: [Code[refused.code], refused.rawMessage],
  late: Code[late.code],
};
</script>`;

const entry = new URL("../../client/index.ts", import.meta.url).pathname;
const { outputFiles } = buildSync({
  entryPoints: [entry],
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  write: false,
});
const [client] = outputFiles;
const kilobytes = Math.round((client?.contents.length ?? 0) / 1000);

await using fixture = await startLargeService();
const calls: [method: string | undefined, authorization: string | undefined][] = [];
const site = createServer((request, response) => {
  const { url: path = "", method, headers } = request;
  if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  if (path === "/client.js")
    return response.writeHead(200, { "content-type": "text/javascript" }).end(client?.contents);
  if (path.startsWith("/orchestrator.")) calls.push([method, headers.authorization]);
  return forward(fixture.service.url + path, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  })
    .on("error", () => response.destroy())
    .end();
}).listen(0, "127.0.0.1");
await once(site, "listening");

const browser = await openBrowser();
try {
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const received = await page.waitForFunction(() => Reflect.get(globalThis, "received"), undefined, {
    timeout: 60_000,
  });
  assert.deepEqual(failures, []);
  assert.deepEqual(await received.jsonValue(), {
    tasks: TASKS,
    queue: true,
    refused: ["InvalidArgument", 'read_mask: unknown section "cots": use stages, queue, agents, cost'],
    late: "DeadlineExceeded",
  });
  for (const call of calls) assert.deepEqual(call, ["GET", "Bearer from the page"]);
  console.log(`ok  browser: unary by GET, 1 MiB, token, error, deadline; ${kilobytes} kB of script`);
} finally {
  await browser.close();
  site.closeAllConnections();
  site.close();
}
