/** Keyboard shortcuts: single letters that can be turned off, since speech input may trigger them (WCAG 2.1.4). */
import { useEffect, useState } from "preact/hooks";
import { alertsAddress, fleetAddress, runsAddress } from "../route.ts";
import { store, stored } from "./stored.ts";

export const KEYS = {
  "?": "open this help",
  "/": "search the agents",
  j: "next row",
  k: "previous row",
  Enter: "open the row",
  u: "up: from an agent to its orchestrator, from an orchestrator to the fleet",
  f: "fleet",
  r: "runs",
  a: "alerts",
} as const;

let isOn = stored("keys") !== "off";

export function useKeysSetting(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(isOn);
  const turn = (next: boolean) => {
    isOn = next;
    store("keys", next ? "on" : "off");
    setOn(next);
  };
  return [on, turn];
}

const TAKES_LETTERS = "select, input:not([type=range], [type=radio], [type=checkbox])";

export function useKeys(showHelp: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, ctrlKey, metaKey, altKey, key } = event;
      const isTyping = target instanceof HTMLElement && target.matches(TAKES_LETTERS);
      if (!isOn || isTyping || ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return;
      const act = ACTIONS[key] ?? (key === "?" ? showHelp : undefined);
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

const ACTIONS: Readonly<Partial<Record<string, () => void>>> = {
  "/": () => document.querySelector<HTMLElement>("main input[type=search]")?.focus(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  u: () => document.querySelector<HTMLElement>(".way a:last-of-type")?.click(),
  f: () => location.assign(fleetAddress),
  r: () => location.assign(runsAddress),
  a: () => location.assign(alertsAddress),
};

function moveRow(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>("main tbody th a")];
  const here = links.indexOf(document.activeElement as HTMLElement);
  links[here === -1 ? 0 : here + step]?.focus();
}
