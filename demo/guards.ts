/** A breaker that opens and closes, one that stays closed, and a gate that is held and released. */
import { type DemoDatabase, fromNow } from "./database.ts";

/** Ticks per round. The breaker is closed, open for long enough to raise an alert, and half open. The gate is held and free. */
const BREAKER_ROUND = 240;
const GATE_ROUND = 24;

export async function stepGuards(database: DemoDatabase, step: number): Promise<void> {
  if (step === 0) await createGuards(database);
  const breaker = step % BREAKER_ROUND;
  if (breaker === 8) await setBreaker(database, "open", 5, fromNow(0), fromNow(30));
  if (breaker === 128) await setBreaker(database, "half_open", 5, fromNow(-30), null);
  if (breaker === 136) await setBreaker(database, "closed", 0, null, null);
  const gate = step % GATE_ROUND;
  if (gate === 1) {
    await database.run(
      "UPDATE serial_gates SET holder_task_id = (SELECT MAX(id) FROM tasks), acquired_at = ?, waiting = 2",
      fromNow(0),
    );
  }
  if (gate === 20)
    await database.run("UPDATE serial_gates SET holder_task_id = NULL, acquired_at = NULL, waiting = 0");
}

async function createGuards(database: DemoDatabase): Promise<void> {
  for (const name of ["anthropic-api", "git-host"]) {
    await database.run(
      "INSERT INTO circuit_breakers (name, state, updated_at) VALUES (?, 'closed', ?)",
      name,
      fromNow(0),
    );
  }
  await database.run("INSERT INTO serial_gates (scope) VALUES ('repo:orchestrator')");
}

async function setBreaker(
  database: DemoDatabase,
  state: string,
  failures: number,
  openedAt: string | null,
  retryAt: string | null,
): Promise<void> {
  await database.run(
    "UPDATE circuit_breakers SET state = ?, failures = ?, opened_at = ?, retry_at = ?, updated_at = ? WHERE name = 'anthropic-api'",
    state,
    failures,
    openedAt,
    retryAt,
    fromNow(0),
  );
}
