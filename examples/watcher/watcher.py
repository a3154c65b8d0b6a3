"""Prints each agent whose process used no CPU and whose run made no progress between two responses.

The watchdog knows much more; this shows how to begin. It needs Python's standard library only:
python3 watcher.py [URL] [SECONDS]
"""

import json
import sys
import time
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:9977"
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15


def read_agents():
    with urllib.request.urlopen(url + "/metrics?read_mask=agents", timeout=5) as response:
        agents = json.load(response)["agents"]
    # A section that cannot be read says why; that is not "no agents".
    if agents["error"]:
        raise RuntimeError("agents: " + agents["error"]["message"])
    return {agent["run_id"]: agent for agent in agents["running"]}


def progress(agent):
    return agent["cpu_ticks"], (agent["usage"] or {}).get("output_tokens")


before = read_agents()
while True:
    time.sleep(seconds)
    now = read_agents()
    for run_id, agent in now.items():
        last = before.get(run_id)
        # None is unknown, never zero.
        if last is None or None in (last["cpu_ticks"], agent["cpu_ticks"]):
            continue
        if progress(agent) == progress(last):
            print(f"run {run_id} ({agent['agent']}) has been idle for {seconds:g} s", flush=True)
    before = now
