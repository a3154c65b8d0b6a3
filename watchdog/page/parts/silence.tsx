/** Silences an alert for a while, and takes the silence back. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert } from "../../api.ts";
import { useNow } from "../state/clock.ts";
import { type RequestError, silence, unsilence } from "../state/request.ts";
import { isSilenced, SILENCES } from "../words/alerts.ts";
import { formatDuration, formatTime } from "../words/format.ts";
import { Icon } from "./icon.tsx";

/** The alert whose button was pressed last. It may be drawn anew elsewhere, among the silenced ones. */
let pressed: string | undefined;

export function SilenceControl({ alert, changed }: { alert: Alert; changed: () => void }) {
  const now = useNow();
  const [seconds, setSeconds] = useState<number>(SILENCES[1].seconds);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const silenced = isSilenced(alert, now);
  const button = useRef<HTMLButtonElement>(null);

  // The button that was pressed is gone: the keyboard goes on at the one in its place.
  useEffect(() => {
    if (pressed !== alert.fingerprint) return;
    pressed = undefined;
    button.current?.focus();
  }, [silenced]);

  const act = async (ask: () => Promise<Alert>) => {
    if (busy) return;
    setBusy(true);
    pressed = alert.fingerprint;
    const error = await ask().then(
      () => undefined,
      (rejected: RequestError) => rejected.message,
    );
    if (error !== undefined) pressed = undefined;
    setFailure(error);
    setBusy(false);
    changed();
  };

  const { fingerprint, silencedUntil = 0 } = alert;
  const ask = silenced ? () => unsilence(fingerprint) : () => silence({ fingerprint, seconds });
  return (
    <div class="silence">
      {silenced ? (
        <span>
          <Icon name="bell-off" /> <span>Silenced until {formatTime(silencedUntil, now)}</span>
          <span class="muted" aria-hidden="true">
            , {formatDuration((silencedUntil - now) / 1_000)} left
          </span>
        </span>
      ) : (
        <label>
          <span class="only-heard">Silence for</span>
          <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
            {SILENCES.map(({ seconds: value, word }) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        key={String(silenced)}
        ref={button}
        type="button"
        aria-disabled={busy}
        onClick={() => void act(ask)}
      >
        {silenced ? (
          "Take it back"
        ) : (
          <>
            <Icon name="bell-off" /> Silence
          </>
        )}
        <span class="only-heard">: {alert.summary}</span>
      </button>
      <span role="alert" class="fault">
        {failure && `That did not work: ${failure}`}
      </span>
    </div>
  );
}
