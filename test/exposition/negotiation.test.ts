/** The format of `GET /metrics` for each client. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase, task } from "../support/database.ts";
import { type RunningProgram, startReady } from "../support/service.ts";

const JSON_TYPE = "application/json";
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PROMETHEUS_2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

const ACCEPTED: readonly (readonly [who: string, accept: string, type: string])[] = [
  ["curl", "*/*", JSON_TYPE],
  ["who wants JSON", "application/json", JSON_TYPE],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON_TYPE],
  ["Prometheus 2", PROMETHEUS_2, OPENMETRICS],
  ["Prometheus 3", PROMETHEUS_3, OPENMETRICS],
  ["a scraper without OpenMetrics", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", TEXT],
  ["who wants text", "text/plain", TEXT],
  ["who wants text most", "application/json;q=0.5, text/plain;q=0.9", TEXT],
  ["who refuses JSON", "application/json;q=0, */*;q=0.5", OPENMETRICS],
  ["who asks for a charset", "text/plain; charset=utf-8", TEXT],
  [
    "Prometheus that is set to a later text alone",
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5",
    TEXT,
  ],
  ["Prometheus that is set to protobuf alone", `${PROTOBUF},*/*;q=0.1`, TEXT],
  ["Telegraf", `${PROTOBUF};q=0.7,text/plain;version=0.0.4;q=0.3`, TEXT],
  ["an old OpenMetrics alone", "application/openmetrics-text;version=0.0.1,*/*;q=0.1", TEXT],
  ["any text", "text/*", TEXT],
  ["any application", "application/*", JSON_TYPE],
  ["axios", "application/json, text/plain, */*", JSON_TYPE],
  ["Java", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON_TYPE],
  ["upper case", "TEXT/PLAIN; VERSION=0.0.4", TEXT],
  ["a quoted version", 'application/openmetrics-text; version="1.0.0"', OPENMETRICS],
  ["an empty header", "", JSON_TYPE],
  ["blanks around", " */* ", JSON_TYPE],
];

let database: TestDatabase;
let service: RunningProgram;
beforeAll(async () => {
  database = createDatabase();
  // Enough for a response that is worth compressing.
  for (let id = 1; id <= 20; id += 1) database.insert("tasks", task(id, `a stage of its own, number ${id}`));
  service = await startReady(database.path);
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  database?.[Symbol.dispose]();
});

describe("GET /metrics", () => {
  it("uses the format that the Accept header requests", async () => {
    for (const [who, accept, type] of ACCEPTED) {
      const answer = await service.get("/metrics", { headers: { accept } });
      expect([answer.status, answer.headers.get("content-type")], who).toEqual([200, type]);
      expect(answer.headers.get("vary"), who).toBe("accept, accept-encoding");
    }
  });

  it("returns 406 with the available formats if none is acceptable", async () => {
    const refused = [
      "image/png",
      "application/openmetrics-text;version=9",
      "*/*;q=0",
      "text",
      "*",
      ",;",
      "text/plain;q=x",
    ];
    for (const accept of refused) {
      const answer = await service.get("/metrics", { headers: { accept } });
      expect(answer.status, accept).toBe(406);
      expect(answer.headers.get("vary"), accept).toBe("accept, accept-encoding");
      expect(((await answer.json()) as { message: string }).message).toContain(
        `${JSON_TYPE}; ${OPENMETRICS}; ${TEXT}`,
      );
    }
  });

  it("uses the same format for HEAD and with gzip", async () => {
    const headers = { accept: PROMETHEUS_3, "accept-encoding": "gzip" };
    const head = await service.get("/metrics", { method: "HEAD", headers });
    const whole = await service.get("/metrics", { headers });
    for (const { headers: got } of [head, whole])
      expect([got.get("content-type"), got.get("content-encoding"), got.get("vary")]).toEqual([
        OPENMETRICS,
        "gzip",
        "accept, accept-encoding",
      ]);
    expect(await head.text()).toBe("");
    expect(await whole.text()).toMatch(/# EOF\n$/);
  });

  it("uses ?format= whatever the browser accepts", async () => {
    for (const [format, type] of Object.entries({
      json: JSON_TYPE,
      prometheus: TEXT,
      openmetrics: OPENMETRICS,
    })) {
      const answer = await service.get(`/metrics?format=${format}`, { headers: { accept: "text/html" } });
      expect(answer.headers.get("content-type")).toBe(type);
    }
    const refused = await service.get("/metrics?format=xml");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      code: "invalid_argument",
      message: 'unknown format "xml": use json, openmetrics, prometheus',
    });
  });
});
