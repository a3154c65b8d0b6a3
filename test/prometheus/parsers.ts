/**
 * Third-party parsers read every exposition: `prometheus_client` (Debian's `python3-prometheus-client`) and
 * `promtool` (Debian's `prometheus`). .ci/run runs it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { HOSTILE, LABELS, startHostileService } from "./hostile-service.ts";

const PARSER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.buffer.read().decode()
families = list((openmetrics if sys.argv[1] == "openmetrics" else prometheus)(text))
values = {}
for sample in (s for f in families for s in f.samples):
    for label, value in sample.labels.items():
        values.setdefault(label, []).append(value)
untold = [f.name for f in families if not f.documentation or f.type not in ("counter", "gauge")]
json.dump({"families": len(families), "untold": untold, "values": values}, sys.stdout)
`;

interface Parsed {
  readonly families: number;
  readonly untold: readonly string[];
  readonly values: Readonly<Record<string, readonly string[]>>;
}

await using hostile = await startHostileService();
const { service } = hostile;

for (const format of ["openmetrics", "prometheus"]) {
  const text = await (await service.get(`/metrics?format=${format}`)).text();
  const output = execFileSync("/usr/bin/python3", ["-c", PARSER, format], { input: text, encoding: "utf8" });
  const { families, untold, values } = JSON.parse(output) as Parsed;
  for (const label of LABELS)
    assert.deepEqual(
      HOSTILE.filter((name) => !values[label]?.includes(name)),
      [],
      `${format}: the parser read other values of ${label}`,
    );
  assert.deepEqual(untold, [], `${format}: without HELP or TYPE`);
  console.log(`ok  ${format}: prometheus_client read ${families} families, hostile labels unharmed`);
}

const text = await (await service.get("/metrics?format=prometheus")).text();
execFileSync("promtool", ["check", "metrics"], { input: text });
console.log("ok  promtool check metrics");
