/** Choices that this browser remembers. Without storage they last until the page is closed. */

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
