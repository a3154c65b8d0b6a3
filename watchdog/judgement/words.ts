/** Formats numbers for evidence. */

/** 42 → "42 s", 432 → "7 min 12 s", 18_720 → "5 h 12 min", 200_000 → "2 d 7 h". Only values below 10 s have fractions. */
export function inWords(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(whole / 3_600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 0.974 → "97 % of a core", 2.5 → "2.5 cores". */
export function coresInWords(cores: number): string {
  if (cores >= 1.95) return `${cores.toFixed(1)} cores`;
  return `${cores < 0.1 ? Number((cores * 100).toFixed(1)) : Math.round(cores * 100)} % of a core`;
}

/** For a pid that is missing from an envelope although its process is there. The service always sends it. */
export const UNKNOWN = "(unknown)";
