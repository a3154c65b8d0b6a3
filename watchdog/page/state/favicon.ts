/** The icon of the browser tab. It has a red dot while an alert fires. */
import { useEffect } from "preact/hooks";

const DOT = "%3Ccircle cx='12' cy='4' r='4' fill='%23e5342a' stroke='%23fff'/%3E";

export function useFavicon(isFiring: boolean): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (!link) return;
    const calm = link.href.replace(DOT, "");
    link.href = isFiring ? calm.replace("%3C/svg%3E", `${DOT}%3C/svg%3E`) : calm;
  }, [isFiring]);
}
