/**
 * Parsers that this project did not write read every exposition: `prometheus_client`'s (Debian's
 * `python3-prometheus-client`) and `promtool` (Debian's `prometheus`). Run by .ci/run.
 */
import { execFileSync } from "node:child_process";
import { HOSTILE, startHostileService } from "./hostile-service.ts";

const PARSER = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.read()
families = list((openmetrics if sys.argv[1] == "openmetrics" else prometheus)(text))
stages = [s.labels["task_stage"] for f in families if f.name == "orch_tasks" for s in f.samples]
sys.stdout.write(str(len(families)) + "\\n" + repr(sorted(len(stage) for stage in stages)))
`;

await using hostile = await startHostileService();
const { service } = hostile;

for (const format of ["openmetrics", "prometheus"]) {
  const text = await (await service.get(`/metrics?format=${format}`)).text();
  const parsed = execFileSync("/usr/bin/python3", ["-c", PARSER, format], { input: text, encoding: "utf8" });
  const [families, lengths] = parsed.split("\n");
  const expected = HOSTILE.map((stage) => [...stage].length).sort((a, b) => a - b);
  if (lengths !== `[${expected.join(", ")}]`)
    throw new Error(`${format}: the parser read other labels: ${lengths}`);
  console.log(`ok  ${format}: prometheus_client read ${families} families, hostile labels unharmed`);
}

const text = await (await service.get("/metrics?format=prometheus")).text();
execFileSync("promtool", ["check", "metrics"], { input: text });
console.log("ok  promtool check metrics");
