/** What did not change from one reading to the next is held once: five readings of an agent then take as much as two. */

/**
 * `next`, plain data that nobody else has yet, with each part that equals that of `before` replaced by it, down to the strings.
 */
export function sharing<T>(before: unknown, next: T): T {
  return shared(before, next) as T;
}

function shared(before: unknown, next: unknown): unknown {
  if (Object.is(before, next)) return before;
  if (!isRecord(before) || !isRecord(next) || Array.isArray(before) !== Array.isArray(next)) return next;
  const keys = Object.keys(next);
  let isSame = keys.length === Object.keys(before).length;
  for (const key of keys) {
    const part = shared(before[key], next[key]);
    next[key] = part;
    isSame &&= part === before[key];
  }
  return isSame ? before : next;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
