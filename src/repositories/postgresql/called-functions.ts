/**
 * The functions that a SELECT calls by name: PostgreSQL's lexical structure (the manual's chapter 4.1), as far as it
 * takes to tell a call from a text, a comment or a quoted name.
 */

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*)`,
    String.raw`(?<comment>/\*)`,
    String.raw`(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[uU]&)?'(?:[^']|'')*'|\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?\$\k<tag>\$)`,
    `(?<escaped>[uU]&"(?:[^"]|"")*")`,
    `"(?<quoted>(?:[^"]|"")*)"`,
    String.raw`(?<name>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<other>[\s\S])`,
  ].join("|"),
  "y",
);

/**
 * Lower-cased as PostgreSQL does it, quoted ones as they stand. A name with Unicode escapes is given as it is written,
 * which no function is called.
 */
export function calledFunctions(sql: string): ReadonlySet<string> {
  const called = new Set<string>();
  let last: string | undefined;
  for (let at = 0; at < sql.length; ) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(sql)?.groups ?? {};
    const { space, comment, escaped, quoted, name, other } = groups;
    at = comment === undefined ? TOKEN.lastIndex : endOfComment(sql, at);
    if (space !== undefined || comment !== undefined) continue;
    if (other === "(" && last !== undefined) called.add(last);
    last = escaped ?? quoted?.replaceAll('""', '"') ?? name?.toLowerCase();
  }
  return called;
}

/** They nest. One that is left open goes to the end. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    const two = sql.slice(at, at + 2);
    if (two === "/*") depth += 1;
    else if (two === "*/") depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}
