/** The limits of a transaction, as far as the server knows them. */

/** `SET LOCAL`, so that a pool between us and the server does not pass them on to others. */
export interface Limits {
  readonly statementMilliseconds: number;
  readonly lockMilliseconds: number;
}

/** SQLSTATE of a setting that the server does not know, or does not support. */
const UNKNOWN_SETTING = ["42704", "0A000", "22023"];

/** Each by itself, since what speaks PostgreSQL's protocol need not have all of its settings. */
export async function acceptedSettings(
  say: (text: string) => Promise<unknown>,
  limits: Limits,
): Promise<readonly string[]> {
  const wanted = [
    `SET LOCAL statement_timeout = ${limits.statementMilliseconds}`,
    `SET LOCAL lock_timeout = ${limits.lockMilliseconds}`,
    "SET LOCAL idle_in_transaction_session_timeout = 10000",
    // A SELECT whose service was killed ends with it.
    "SET LOCAL client_connection_check_interval = 1000",
    // Rows that a policy hides would be missing without a word: this makes it an error.
    "SET LOCAL row_security = off",
    // A reading is many small SELECTs: compiling them takes longer than they do.
    "SET LOCAL jit = off",
  ];
  const accepted: string[] = [];
  for (const setting of wanted) {
    try {
      await say(`BEGIN; ${setting}; ROLLBACK`);
      accepted.push(setting);
    } catch (error) {
      await say("ROLLBACK");
      if (!UNKNOWN_SETTING.includes(String((error as { code?: unknown }).code))) throw error;
    }
  }
  return accepted;
}
