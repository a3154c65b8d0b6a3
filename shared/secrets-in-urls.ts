/** Detects passwords in URLs, which must appear neither in messages nor among a process's arguments. */

/** The start of a URL up to its user. Quotes, blanks and `NAME=` may precede it. */
const START = /^["'\s]*(?:[^=:/]*=+)?["'\s]*(?:jdbc:)?[a-z][\w+.-]*:[/\\]*/.source;
/** Everything up to the last `@` before the query, whatever the password contains. */
const USER_INFO = new RegExp(`(${START})[^?]*@`, "i");
const SECRET_KEY = /passw|pwd|secret|token/i;
const SECRET_PAIR = /\b(password|passwd|pwd)\s*=/i;

/** Whether a text, which may be a URL or keywords with values as in libpq, contains a password. */
export function holdsPassword(text: string): boolean {
  const [userInfo = "", scheme = ""] = USER_INFO.exec(text) ?? [];
  if (userInfo.slice(scheme.length).includes(":")) return true;
  const query = text.split("?", 2)[1] ?? "";
  return (
    query.split(/[&;#]/).some((pair) => SECRET_KEY.test(decoded(pair.split("=", 1)[0] ?? ""))) ||
    SECRET_PAIR.test(text.split("?", 1)[0] ?? "")
  );
}

/** Removes user, password and query for a message that repeats the text, even if the password contains a `?`. */
export function withoutSecrets(text: string): string {
  const plain = text.replace(new RegExp(`(${START}).*@`, "is"), "$1…@");
  return plain.replace(/\?.*$/s, (query) => (/^[a-z][\w+.-]+:|:[/\\]/i.test(plain) ? "?…" : query));
}

/** Leaves a text unchanged if its percent-encoding is invalid, or contains NUL, which no name in the system can. */
export function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes("\0") ? text : plain;
  } catch {
    return text;
  }
}
