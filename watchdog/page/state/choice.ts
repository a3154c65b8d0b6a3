/** Choices that this browser remembers. Without storage they last until the page is closed. */
import { useState } from "preact/hooks";

const USUAL = { theme: "system", keys: "on" };
type Name = keyof typeof USUAL;

const choices: Partial<Record<Name, string>> = {};

export function choiceOf(name: Name): string {
  return choices[name] ?? stored(name) ?? USUAL[name];
}

export function useChoice(name: Name): [string, (value: string) => void] {
  const [value, setValue] = useState(() => choiceOf(name));
  const choose = (chosen: string) => {
    choices[name] = chosen;
    try {
      localStorage.setItem(`orch-watchdog.${name}`, chosen);
    } catch {}
    setValue(chosen);
  };
  return [value, choose];
}

function stored(name: Name): string | null {
  try {
    return localStorage.getItem(`orch-watchdog.${name}`);
  } catch {
    return null;
  }
}
