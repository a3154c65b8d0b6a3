/** Announces alerts that fire or end while the page is open to screen readers. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert, Alerts } from "../../api.ts";

export function Announcer({ alerts }: { alerts: Alerts | undefined }) {
  const known = useRef<Map<string, Alert>>(undefined);
  const [message, setMessage] = useState("");
  useEffect(() => {
    if (!alerts) return;
    const firing = new Map(
      alerts.open.filter((alert) => alert.state === "firing").map((alert) => [alert.fingerprint, alert]),
    );
    const before = known.current;
    known.current = firing;
    // Alerts that were firing when the page was opened are visible already.
    if (!before) return;
    const begun = [...firing.values()].filter((alert) => !before.has(alert.fingerprint));
    const ended = [...before.values()].filter((alert) => !firing.has(alert.fingerprint));
    const said = [
      ...begun.map((alert) => `New ${alert.severity} alert on ${alert.target}: ${alert.summary}.`),
      ...ended.map((alert) => `No longer firing on ${alert.target}: ${alert.summary}.`),
    ];
    if (said.length > 0) setMessage(said.join(" "));
  }, [alerts]);
  return (
    <p class="only-heard" role="status" aria-live="polite">
      {message}
    </p>
  );
}
