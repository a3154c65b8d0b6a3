/** Numbers and times of the envelope. Its JSON has NaN and Infinity as strings. */

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Converts RFC 3339 to milliseconds since the epoch. */
export function timeOf(text: string | null | undefined): number | undefined {
  return text == null ? undefined : numberOf(Date.parse(text));
}
