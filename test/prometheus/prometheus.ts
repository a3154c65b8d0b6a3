/** Debian's Prometheus as a child process that scrapes each second. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startListening } from "./listening.ts";

export interface Prometheus extends AsyncDisposable {
  /** Returns the single value of an instant query, or undefined if there is none yet. */
  query(expression: string): Promise<number | undefined>;
  /** Returns all values of an instant query. Rejects if Prometheus reports an invalid expression. */
  ask(expression: string): Promise<readonly number[]>;
  /** Returns the shipped rules, each with the result of its last evaluation. */
  rules(): Promise<readonly { readonly name: string; readonly health: string }[]>;
}

const RULES = new URL("../../deploy/prometheus/rules.yml", import.meta.url).pathname;

/** `targets` are URLs by job name. */
export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-prometheus-"));
  const jobs = Object.entries(targets).map(([job_name, url]) => ({
    job_name,
    scrape_interval: "1s",
    static_configs: [{ targets: [new URL(url).host] }],
  }));
  const global = { evaluation_interval: "1s" };
  const config = { global, scrape_configs: jobs, rule_files: [RULES] };
  writeFileSync(join(directory, "prometheus.yml"), JSON.stringify(config));
  const { child, address } = await startListening("prometheus", [
    `--config.file=${directory}/prometheus.yml`,
    `--storage.tsdb.path=${directory}/data`,
    "--web.listen-address=127.0.0.1:0",
  ]);
  const api = async <Data>(path: string): Promise<Data> => {
    const answer = (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as Answer<Data>;
    if (answer.status !== "success") throw new Error(`${answer.error}: ${path}`);
    return answer.data;
  };
  const ask = async (expression: string) => {
    const { result } = await api<Vector>(`query?query=${encodeURIComponent(expression)}`);
    return result.map(({ value }) => Number(value[1]));
  };
  return {
    ask,
    query: async (expression) => (await ask(expression).catch(() => []))[0],
    rules: async () => (await api<Rules>("rules")).groups.flatMap(({ rules }) => rules),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

type Answer<Data> =
  | { readonly status: "success"; readonly data: Data }
  | { readonly status: "error"; readonly error: string };

interface Vector {
  readonly result: readonly { readonly value: readonly [number, string] }[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly health: string }[];
  }[];
}
