/** The demo's database as a SQLite file in WAL mode. */
import Database from "better-sqlite3";
import { type DemoDatabase, SCHEMA, type Value } from "./database.ts";

export function openSqliteDatabase(path: string): DemoDatabase {
  const connection = new Database(path);
  connection.pragma("journal_mode = WAL");
  connection.exec(SCHEMA);
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    async run(sql, ...values) {
      prepare(sql).run(...values);
    },
    all: async (sql, ...values) => prepare(sql).all(...values) as Record<string, Value>[],
    // better-sqlite3's own transaction() does not wait for promises.
    async transaction(work) {
      connection.exec("BEGIN");
      try {
        await work();
        connection.exec("COMMIT");
      } catch (error) {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    },
    async close() {
      connection.close();
    },
  };
}
