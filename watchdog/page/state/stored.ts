/** What this browser remembers of a choice. One that stores nothing still shows what was chosen. */

export function stored(key: string): string | null {
  try {
    return localStorage.getItem(`orch-watchdog.${key}`);
  } catch {
    return null;
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(`orch-watchdog.${key}`, value);
  } catch {}
}
