/** URLs in settings may hold a password, which must appear neither in a message nor among a process's arguments. */

/** Everything up to the last `@` before the query, however the password is spelled. */
const USER_INFO = /^((?:jdbc:)?[a-z][\w+.-]*:[/\\]*)[^?]*@/i;
const SECRET_KEY = /passw|pwd|secret|token/i;
const SECRET_PAIR = /\b(password|passwd|pwd)\s*=/i;

/** Whether a text that may be a URL, or keywords with values as libpq takes them, holds a password. */
export function holdsPassword(text: string): boolean {
  const [userInfo = "", scheme = ""] = USER_INFO.exec(text) ?? [];
  if (userInfo.slice(scheme.length).includes(":")) return true;
  const query = text.split("?", 2)[1] ?? "";
  return (
    query.split(/[&;#]/).some((pair) => SECRET_KEY.test(decoded(pair.split("=", 1)[0] ?? ""))) ||
    SECRET_PAIR.test(text.split("?", 1)[0] ?? "")
  );
}

/** For a message that repeats what was given: without user, password and query, even if the password holds a `?`. */
export function withoutSecrets(text: string): string {
  const plain = text.replace(/^([^=\s:]*=)?((?:jdbc:)?[a-z][\w+.-]*:[/\\]*).*@/is, "$1$2…@");
  return plain.replace(/\?.*$/s, (query) => (/^[a-z][\w+.-]+:|:[/\\]/i.test(plain) ? "?…" : query));
}

/** What is not percent-encoded rightly, or holds NUL, which no name of the system can, stays as it is. */
export function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    return plain.includes("\0") ? text : plain;
  } catch {
    return text;
  }
}
