/** Keyboard shortcuts: single letters that can be turned off, since speech input may trigger them (WCAG 2.1.4). */
import { useEffect } from "preact/hooks";
import { alertsAddress, fleetAddress, runsAddress } from "../route.ts";
import { choiceOf } from "./choice.ts";

interface Key {
  readonly meaning: string;
  /** Absent: the browser does it. */
  readonly act?: () => void;
}

const find = (selector: string) => document.querySelector<HTMLElement>(selector);

export const openHelp = () => document.querySelector("dialog")?.showModal();

export const KEYS: Readonly<Record<string, Key>> = {
  "?": { meaning: "open this help", act: openHelp },
  "/": { meaning: "search the agents", act: () => find("main input[type=search]")?.focus() },
  j: { meaning: "next row", act: () => moveRow(1) },
  k: { meaning: "previous row", act: () => moveRow(-1) },
  Enter: { meaning: "open the row" },
  u: {
    meaning: "up: from an agent to its orchestrator, from an orchestrator to the fleet",
    act: () => find(".way a:last-of-type")?.click(),
  },
  f: { meaning: "fleet", act: () => location.assign(fleetAddress) },
  r: { meaning: "runs", act: () => location.assign(runsAddress) },
  a: { meaning: "alerts", act: () => location.assign(alertsAddress) },
};

const TAKES_LETTERS = "select, input:not([type=range], [type=radio], [type=checkbox])";

export function useKeys(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, ctrlKey, metaKey, altKey, key } = event;
      if (choiceOf("keys") === "off" || ctrlKey || metaKey || altKey || find("dialog[open]")) return;
      if (target instanceof HTMLElement && target.matches(TAKES_LETTERS)) return;
      const act = KEYS[key]?.act;
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function moveRow(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>("main tbody th a")];
  const here = links.indexOf(document.activeElement as HTMLElement);
  links[here === -1 ? 0 : here + step]?.focus();
}
