"""The peer: the same sections by FastAPI and sqlite3, one SELECT after the other at each request."""

import sqlite3
import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()
TERMINAL = "('done', 'failed', 'cancelled')"


@app.get("/metrics")
def metrics():
    connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    try:
        rows = lambda sql: connection.execute(sql).fetchall()
        return {
            "stages": rows(f"SELECT stage, COUNT(*) FROM tasks WHERE stage NOT IN {TERMINAL} GROUP BY stage"),
            "tasks": rows(f"SELECT id, work_item, stage, stage_entered_at FROM tasks WHERE stage NOT IN {TERMINAL}"),
            "queue": rows("SELECT status, COUNT(*) FROM jobs GROUP BY status"),
            "retries": rows("SELECT SUM(attempts >= 2), SUM(attempts) FROM jobs"),
            "agents": rows("SELECT id, agent, model, pid, started_at FROM agent_runs WHERE finished_at IS NULL"),
            "cost": rows(
                "SELECT agent, model, COUNT(*), SUM(cost_usd), SUM(input_tokens), SUM(output_tokens)"
                " FROM agent_runs GROUP BY agent, model"
            ),
        }
    finally:
        connection.close()


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]) if len(sys.argv) > 2 else 8731, log_level="info")
