/**
 * Starts the shipped compose files by docker-compose over podman's Docker API: the service sees the agents of an
 * orchestrator in another container and those of this machine, and the watchdog polls it.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { eventually } from "../support/service.ts";
import { expectFullAnswer } from "./expected-answer.ts";
import { CHECKOUT, type Engine } from "./image/engine.ts";

const SECONDS = 60;
const USER = "1000:1000";

export async function checkCompose(engine: Engine): Promise<void> {
  const socket = join(engine.folder, "podman.sock");
  const [podman = "", ...flags] = engine.command;
  const service = spawn(podman, [...flags, "system", "service", "--time", "0", `unix://${socket}`], {
    stdio: "inherit",
  });
  try {
    await eventually("podman serves Docker's API", () => existsSync(socket), SECONDS);
    await checkBeside(engine, socket);
    await checkThisMachine(socket);
  } finally {
    service.kill("SIGTERM");
  }
}

async function checkBeside({ folder, podman }: Engine, socket: string): Promise<void> {
  const context = join(folder, "source/examples/compose");
  podman("build", "--format", "docker", "--tag", "orchestrator", context);
  const env = { ORCHESTRATOR_IMAGE: "localhost/orchestrator", ORCHESTRATOR_USER: USER };
  await using project = up("beside-an-orchestrator.yml", socket, env);
  await eventually("the watchdog polls the service", () => project.isUp(), SECONDS);
  // From inside the container, because its port is not published.
  const answer = project.inService(
    "fetch('http://127.0.0.1:9977/metrics').then((r) => r.text()).then(console.log)",
  );
  await expectFullAnswer(() => answer);
  console.log("ok  compose: the service sees the agent of an orchestrator in another container");
}

async function checkThisMachine(socket: string): Promise<void> {
  // A name of its own, so that agents already running on this machine are ignored.
  const agent = spawn("bash", ["-c", "exec -a orch-check-agent sleep 600"], { uid: 1000, gid: 1000 });
  try {
    const env = { AGENTS_USER: USER, AGENTS: "orch-check-agent", HOME: "/var/tmp" };
    await using project = up("this-machine.yml", socket, env);
    await eventually(
      "the service sees the agent",
      async () => (await runningPids()).includes(agent.pid),
      SECONDS,
    );
    await eventually("the watchdog polls the service", () => project.isUp(), SECONDS);
    console.log("ok  compose: the service sees an agent of this machine");
  } finally {
    agent.kill("SIGKILL");
  }
}

async function runningPids(): Promise<readonly (number | null | undefined)[]> {
  const answer = await fetch("http://127.0.0.1:9977/metrics").catch(() => undefined);
  const { agents } = ((await answer?.json()) ?? {}) as GetMetricsResponseJson;
  return (agents?.running ?? []).map(({ pid }) => pid);
}

/** Starts the containers of a file. Disposing removes them and their volumes. */
function up(file: string, socket: string, variables: Readonly<Record<string, string>>) {
  const path = join(CHECKOUT, "deploy/compose", file);
  const env = { ...process.env, DOCKER_HOST: `unix://${socket}`, ...variables };
  const compose = (...args: readonly string[]) =>
    execFileSync("docker-compose", ["--project-name", "orch-check", "--file", path, ...args], {
      env,
      encoding: "utf8",
    });
  compose("up", "--detach");
  return {
    async isUp(): Promise<boolean> {
      const answer = await fetch("http://127.0.0.1:9978/api/fleet").catch(() => undefined);
      const { targets } = ((await answer?.json()) ?? {}) as { targets?: readonly { state: string }[] };
      return targets?.[0]?.state === "up";
    },
    inService: (script: string) => compose("exec", "-T", "orch-metrics", "node", "-e", script),
    async [Symbol.asyncDispose]() {
      // First, because podman refuses to remove the container whose pid namespace this one uses.
      compose("rm", "--stop", "--force", "orch-metrics");
      compose("down", "--volumes", "--timeout", "5");
    },
  };
}
