/**
 * The service called with `curl` over HTTP/1.1 and HTTP/2. curl does not support gRPC's Watch. .ci/run runs
 * it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startLargeService, TASKS } from "./large-service.ts";

const program = promisify(execFile);
const CONNECT = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const JSON_BODY = ["-H", "content-type: application/json", "-d"];

await using fixture = await startLargeService();
const { url } = fixture.service;

for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
  const curl = (...args: string[]) =>
    program("curl", ["-sS", version, ...args], { maxBuffer: 2 ** 24 }).then(({ stdout }) => stdout);
  const isOk = async () =>
    assert.equal(JSON.parse(await curl(`${url}/metrics?read_mask=queue`)).queue.error, null);

  for (const args of [
    [`${url}/metrics?read_mask=queue`],
    [...JSON_BODY, '{"read_mask":"queue"}', url + CONNECT],
    [`${url}${CONNECT}?encoding=json&message=${encodeURIComponent('{"read_mask":"queue"}')}`],
  ]) {
    const { queue, stages } = JSON.parse(await curl(...args));
    assert.equal(queue.counts.queued, 1);
    assert.equal(stages, undefined);
  }

  const whole = await curl(`${url}/metrics`);
  assert.ok(whole.length > 2 ** 20);
  assert.equal(JSON.parse(whole).stages.tasks.length, TASKS);
  const zipped = await curl("--compressed", "-o", "/dev/null", "-w", "%{size_download}", `${url}/metrics`);
  assert.ok(Number(zipped) < 200_000, `${zipped} bytes`);

  const error = await curl("-w", "\n%{http_code}", "-d", "{}", ...JSON_BODY.slice(0, 2), `${url}/metrics`);
  assert.match(error, /^\{"code":"unimplemented","message":".+"\}\n405$/);
  const refused = await curl("-w", "\n%{http_code}", ...JSON_BODY, '{"read_mask":"cots"}', url + CONNECT);
  assert.match(refused, /^\{"code":"invalid_argument",.+\n400$/);

  await fixture.whileLocked(async () => {
    const late = await curl(...["-H", "connect-timeout-ms: 40"], ...JSON_BODY, "{}", url + CONNECT);
    assert.equal(JSON.parse(late).code, "deadline_exceeded");
    const cancelled = await curl("--max-time", "0.05", `${url}/metrics`).catch((failed) => failed);
    assert.equal(cancelled.code, 28);
  });
  await isOk();
  console.log(`ok  curl ${version}: unary, 1 MiB, gzip, errors, deadline, cancellation`);
}
