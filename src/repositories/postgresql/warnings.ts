/** Warns about rights of the role beyond reading, since the database's own rights are the last line of defence. */
import type { Ask } from "./connection.ts";

const ROLE = `
  SELECT current_user::text AS name, rolsuper AS is_superuser,
    rolcreaterole AS create_roles, rolcreatedb AS create_databases, rolreplication AS replicate
  FROM pg_catalog.pg_roles WHERE rolname = current_user`;

const WRITABLE = `
  SELECT count(*) AS tables FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'f') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')`;

const SCHEMAS = `
  SELECT nspname::text AS name FROM pg_catalog.pg_namespace
  WHERE nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(oid, 'CREATE') ORDER BY 1`;

/** The server's predefined roles that reach beyond its tables: the manual's chapter 21.5. */
const MEMBERSHIPS = `
  SELECT rolname::text AS name FROM pg_catalog.pg_roles
  WHERE rolname IN ('pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend')
    AND pg_has_role(oid, 'USAGE') ORDER BY 1`;

const FIX = "the service needs only SELECT: create a role for it, as docs/operations.md describes";

export async function warnings(ask: Ask): Promise<readonly string[]> {
  const rows = async (sql: string) => (await ask({ sql, values: [] })).rows;
  const names = async (sql: string) => (await rows(sql)).map(({ name }) => String(name)).join(", ");
  const [role = {}] = await rows(ROLE);
  if (role.is_superuser === true) return [`the role ${role.name} is a superuser, but ${FIX}`];
  const tables = Number((await rows(WRITABLE))[0]?.tables);
  const [schemas, memberships] = [await names(SCHEMAS), await names(MEMBERSHIPS)];
  const rights = [
    tables > 0 && `write to ${tables} tables`,
    schemas !== "" && `create tables in ${schemas}`,
    memberships !== "" && `act as ${memberships}`,
    role.create_roles === true && "create roles",
    role.create_databases === true && "create databases",
    role.replicate === true && "replicate",
  ].filter((right) => right !== false);
  return rights.length === 0 ? [] : [`the role ${role.name} can ${rights.join(", ")}, but ${FIX}`];
}
