/** Commands to run on the agent's machine, with the agent's values. The runbooks have the same. */
import type { RunningAgentJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { Verdict } from "../../../judgement/verdict.ts";

export interface Command {
  readonly what: string;
  readonly text: string;
}

/** If the process is on another machine, the commands are for that machine. */
export function commandsFor(
  run: RunningAgentJson,
  { name, cause }: Verdict,
  url: string,
): readonly Command[] {
  const { pid, presence, process } = run;
  const ask = `curl -s ${quoted(`${url}/metrics?read_mask=agents`)} | jq ${quoted(`.agents.running[] | select(.run_id == ${JSON.stringify(run.run_id)})`)}`;
  const service = { what: "Service report", text: ask };
  if (pid === undefined) return [service];
  const look = { what: "Process", text: `ps -o pid,ppid,lstart,etime,stat,user,cmd -p ${pid}` };
  // Another process may have the pid now, so no command may end it.
  if (name === "pid_reused" || name === "gone" || name === "detached") return [look, service];
  if (name === "zombie")
    return [look, { what: "Parent", text: `ps -o pid,cmd -p "$(ps -o ppid= -p ${pid})"` }, service];
  const child = process?.descendants?.youngest?.find(({ state }) => state !== "Z")?.pid;
  const isPersons = name === "waiting_for_person" || name === "at_rest";
  const all: (Command | false)[] = [
    look,
    (process?.descendants?.processes ?? 0) > 0 && { what: "Tree", text: `pstree -spa ${pid}` },
    isPersons && {
      what: "Terminal",
      text: `ps -o pid,tty,stat,etime,cmd -g "$(ps -o sid= -p ${pid} | tr -d ' ')"`,
    },
    cause === "peer" && { what: "Connections", text: `ss -tnpo | grep pid=${pid}` },
    cause === "lock" && { what: "File locks", text: "lslocks" },
    cause === "file" && { what: "Kernel stack", text: `sudo cat /proc/${pid}/stack` },
    (cause === "unknown" || cause === "nothing") && {
      what: "Wait",
      text: `cat /proc/${pid}/wchan; ls -l /proc/${pid}/fd`,
    },
    name === "spinning" && { what: "Profile", text: `perf record -p ${pid} -- sleep 10` },
    service,
    name === "stopped" && { what: "Continue", text: `kill -CONT ${pid}` },
    cause === "child" && child !== undefined && { what: "End the child", text: `kill ${child}` },
    presence !== "unknown" && { what: "End the agent", text: `kill ${pid}` },
  ];
  return all.filter((command) => command !== false);
}

/** Quotes a text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
