/** A breaker that opens and closes, one that stays closed, and a gate that is held and let go. */
import { type DemoDatabase, fromNow } from "./database.ts";

/** Ticks of one round: closed, open, half open; and held, free. */
const BREAKER_ROUND = 40;
const GATE_ROUND = 24;

export function stepGuards(database: DemoDatabase, step: number): void {
  if (step === 0) createGuards(database);
  const breaker = step % BREAKER_ROUND;
  if (breaker === 4) setBreaker(database, "open", 5, fromNow(0), fromNow(4));
  if (breaker === 24) setBreaker(database, "half_open", 5, fromNow(-5), null);
  if (breaker === 30) setBreaker(database, "closed", 0, null, null);
  const gate = step % GATE_ROUND;
  if (gate === 1) {
    database.run(
      "UPDATE serial_gates SET holder_task_id = (SELECT MAX(id) FROM tasks), acquired_at = ?, waiting = 2",
      fromNow(0),
    );
  }
  if (gate === 20)
    database.run("UPDATE serial_gates SET holder_task_id = NULL, acquired_at = NULL, waiting = 0");
}

function createGuards(database: DemoDatabase): void {
  for (const name of ["anthropic-api", "git-host"]) {
    database.run(
      "INSERT INTO circuit_breakers (name, state, updated_at) VALUES (?, 'closed', ?)",
      name,
      fromNow(0),
    );
  }
  database.run("INSERT INTO serial_gates (scope) VALUES ('repo:orchestrator')");
}

function setBreaker(
  database: DemoDatabase,
  state: string,
  failures: number,
  openedAt: string | null,
  retryAt: string | null,
) {
  database.run(
    "UPDATE circuit_breakers SET state = ?, failures = ?, opened_at = ?, retry_at = ?, updated_at = ? WHERE name = 'anthropic-api'",
    state,
    failures,
    openedAt,
    retryAt,
    fromNow(0),
  );
}
