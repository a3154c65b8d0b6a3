/** Debian's Prometheus as a child process, scraping each second. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Prometheus extends AsyncDisposable {
  /** The single value of an instant query; undefined where there is none yet. */
  query(expression: string): Promise<number | undefined>;
}

/** `targets` are URLs by the name of their job. */
export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-prometheus-"));
  const jobs = Object.entries(targets).map(([job_name, url]) => ({
    job_name,
    scrape_interval: "1s",
    static_configs: [{ targets: [new URL(url).host] }],
  }));
  writeFileSync(join(directory, "prometheus.yml"), JSON.stringify({ scrape_configs: jobs }));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=${address}`,
    ],
    { stdio: "ignore" },
  );
  return {
    async query(expression) {
      try {
        const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
        const value = data.result[0]?.value[1];
        return value === undefined ? undefined : Number(value);
      } catch {
        return undefined;
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
