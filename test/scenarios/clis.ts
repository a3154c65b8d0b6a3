/**
 * Real agent CLIs with a model API on loopback that stalls, pings or refuses. Each API and its agents share a
 * network namespace, so that nothing leaves the machine. Requires root.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scenario, Stage } from "./scenario.ts";

const PACKAGES = ["@openai/codex", "@google/gemini-cli", "opencode-ai"];
const API = new URL("./programs/model-api.mjs", import.meta.url).pathname;
const PORT = 8080;
const URL_OF_API = `http://127.0.0.1:${PORT}`;

type Mode = "stall" | "ping" | "429";

export interface CliFolder extends Disposable {
  readonly path: string;
}

/** Installs the newest versions from npm into a temporary folder, without running their scripts. */
export function installClis(): CliFolder {
  const path = mkdtempSync(join(tmpdir(), "orch-clis-"));
  const remove = () => rmSync(path, { recursive: true, force: true });
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", ...PACKAGES], {
    cwd: path,
    stdio: "inherit",
  });
  if (status === 0) return { path, [Symbol.dispose]: remove };
  remove();
  throw new Error("the CLIs could not be installed");
}

/** `folder` is the folder of the installation. */
export function cliScenarios(folder: string): readonly Scenario[] {
  const bin = join(folder, "node_modules/.bin");
  const codex = [join(bin, "codex")];
  const gemini = [join(bin, "gemini")];
  const opencode = [join(folder, `node_modules/opencode-linux-${process.arch}/bin/opencode`)];
  /** The port by stage, so that each run has its own API. */
  const apis = new Map<string, Promise<number>>();

  const scenario = (
    name: string,
    mode: Mode,
    command: readonly string[],
    why: string,
    isAtRest = false,
  ): Scenario => ({
    name,
    why,
    needs: ["root", "python3"],
    ...(isAtRest
      ? { truth: "at_rest", causes: ["person"], right: ["at_rest"] }
      : // Some end by themselves after their last attempt.
        { truth: "stuck", causes: ["peer", "repeating", "child"], right: ["hung", "gone"] }),
    async start(stage) {
      const key = `${stage.processes.mark} ${mode}`;
      const api = apis.get(key) ?? startApi(stage, mode);
      apis.set(key, api);
      const inside = ["-t", String(await api), "-n", ...homeOf(stage), ...command];
      const isOnTerminal = name.includes("-tui-");
      return {
        pid: isOnTerminal ? await stage.onTerminal("nsenter", ...inside) : stage.run("nsenter", ...inside),
      };
    },
  });

  const exec = [...codex, "exec", "--skip-git-repo-check", "-s", "read-only", "say hello"];
  const asked = [...gemini, "-m", "gemini-2.5-pro", "-p", "say hello"];
  const run = [...opencode, "run", "-m", "fake/m", "say hello"];
  return [
    ...(["stall", "ping", "429"] as const).flatMap((mode) => [
      scenario(`codex-exec-${mode}`, mode, exec, `codex exec, the API: ${mode}`),
      scenario(`gemini-p-${mode}`, mode, asked, `gemini -p, the API: ${mode}`),
      scenario(`opencode-run-${mode}`, mode, run, `opencode run, the API: ${mode}`),
    ]),
    scenario("codex-tui-stall", "stall", [...codex, "say hello"], "codex with its spinner, the API stalls"),
    scenario(
      "gemini-tui-stall",
      "stall",
      [...gemini, "-i", "say hello"],
      "gemini with its spinner, the API stalls",
    ),
    scenario("codex-tui-idle", "stall", codex, "codex waits for a prompt", true),
    scenario("gemini-tui-idle", "stall", gemini, "gemini waits for a prompt", true),
    scenario("opencode-tui-idle", "stall", opencode, "opencode waits for a prompt", true),
  ];
}

/** Returns the pid of a process in the network namespace. */
async function startApi({ processes }: Stage, mode: Mode): Promise<number> {
  const script = `ip link set lo up; exec "${process.execPath}" "${API}" ${mode} ${PORT}`;
  return Number(await processes.firstLine("unshare", "--net", "sh", "-c", script));
}

/** Creates a home without accounts, whose settings contain the API. Returns the command line that enters it. */
function homeOf({ folder, processes }: Stage): readonly string[] {
  const home = join(folder, "home");
  const work = join(home, "work");
  for (const name of [".codex", ".gemini", "work"]) mkdirSync(join(home, name), { recursive: true });
  writeFileSync(
    join(home, ".codex/config.toml"),
    [
      'model = "m"',
      'model_provider = "fake"',
      "[model_providers.fake]",
      'name = "fake"',
      `base_url = "${URL_OF_API}/v1"`,
      'env_key = "FAKE_KEY"',
      'wire_api = "responses"',
      "request_max_retries = 100",
      "stream_max_retries = 100",
      `[projects."${work}"]`,
      'trust_level = "trusted"',
      "",
    ].join("\n"),
  );
  writeFileSync(
    join(work, "opencode.json"),
    JSON.stringify({
      provider: {
        fake: {
          npm: "@ai-sdk/openai-compatible",
          options: { baseURL: `${URL_OF_API}/v1`, apiKey: "none" },
          models: { m: {} },
        },
      },
    }),
  );
  writeFileSync(
    join(home, ".gemini/settings.json"),
    JSON.stringify({
      security: { auth: { selectedType: "gemini-api-key" } },
      telemetry: { enabled: false },
      privacy: { usageStatisticsEnabled: false },
      general: { disableAutoUpdate: true },
    }),
  );
  const variables = {
    HOME: home,
    PATH: process.env.PATH ?? "",
    TERM: "xterm-256color",
    FAKE_KEY: "none",
    GEMINI_API_KEY: "none",
    GOOGLE_GEMINI_BASE_URL: URL_OF_API,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return ["env", "-C", work, "-i", ...assignments, processes.mark];
}
