/**
 * Checks declared column types against the contract, which finds errors before there is a row. SQLite stores any
 * type, so only a text column for a number is certainly wrong: sqlite.org/datatype3.html, 3.1.
 */
import { type Column, columnsOf, isTime, type SectionName, unconverted } from "../../profiles/contract.ts";
import type { Finding } from "../sql/source.ts";
import type { ColumnDefinition } from "./connection.ts";

/** A type name that contains INT is an integer, whatever else it contains. */
export const TEXT = /^(?!.*INT).*(CHAR|CLOB|TEXT)/i;
const BLOB = /BLOB|BINARY/i;
const NUMBER = /INT|^(?!.*(CHAR|CLOB|TEXT)).*(REAL|FLOA|DOUB)/i;
const TIME = /DATE|TIME/i;

export function declaredProblems(
  section: SectionName,
  definitions: readonly ColumnDefinition[],
): readonly Finding[] {
  return columnsOf(section).flatMap((column) => {
    const declared = definitions.find(({ name }) => name === column.name)?.type ?? "";
    const fix = fixOf(column, declared);
    if (fix === undefined) return [];
    const message = `column ${column.name} is declared ${declared}, but ${column.type} is expected: use ${fix}`;
    return [
      {
        column: column.name,
        message,
        isCertain: !["text", "key"].includes(column.type) && TEXT.test(declared),
      },
    ];
  });
}

function fixOf({ name, type }: Column, declared: string): string | undefined {
  if (type === "pid") return undefined;
  if (type === "key") return BLOB.test(declared) ? "lower(hex(x))" : undefined;
  if (type === "text" && NUMBER.test(declared)) return "CAST(x AS TEXT)";
  if (type === "text") return BLOB.test(declared) ? "lower(hex(x))" : undefined;
  if (isTime(name) && (TEXT.test(declared) || TIME.test(declared)))
    return `x AS ${unconverted(name)}, which the service converts`;
  if (!TEXT.test(declared) && !BLOB.test(declared)) return undefined;
  return type === "flag" ? "a comparison" : `CAST(x AS ${type === "int" ? "INTEGER" : "REAL"})`;
}
