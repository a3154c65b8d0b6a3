/** Numbers and times of the envelope, whose JSON also knows NaN and Infinity as words. */

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** RFC 3339 as milliseconds since the epoch. */
export function timeOf(text: string | null | undefined): number | undefined {
  return text == null ? undefined : numberOf(Date.parse(text));
}
