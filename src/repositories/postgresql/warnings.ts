/** What the role may do beyond reading: it need not, and the database's own rights are the last barrier. */
import type { Ask } from "./connection.ts";

const ROLE = `SELECT rolsuper AS is_superuser, current_user::text AS name FROM pg_catalog.pg_roles WHERE rolname = current_user`;

const WRITABLE = `
  SELECT count(*) AS tables FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')`;

const MEND = "the service needs SELECT only: give it a role of its own, as docs/operations.md does";

export async function warnings(ask: Ask): Promise<readonly string[]> {
  const [role] = (await ask({ sql: ROLE, values: [] })).rows;
  if (role?.is_superuser === true) return [`the role ${role.name} is a superuser; ${MEND}`];
  const tables = Number((await ask({ sql: WRITABLE, values: [] })).rows[0]?.tables);
  return tables > 0 ? [`the role ${role?.name} may write ${tables} tables; ${MEND}`] : [];
}
