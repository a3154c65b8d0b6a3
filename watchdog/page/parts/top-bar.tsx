/** The top bar: navigation, age of the data, and help. */
import type { Fleet } from "../../api.ts";
import { formatSpan } from "../../words/format.ts";
import { alertsAddress, fleetAddress, type Route, runsAddress } from "../route.ts";
import { useNow } from "../state/clock.ts";
import { openHelp } from "../state/keys.ts";
import type { LiveState } from "../state/live.ts";
import type { Resource } from "../state/resource.ts";

interface Props {
  readonly route: Route;
  readonly fleet: Resource<Fleet>;
  readonly live: LiveState;
  readonly firing: number;
}

export function TopBar({ route, fleet, live, firing }: Props) {
  const current = (view: Route["view"]) => (route.view === view ? "page" : undefined);
  const isInFleet = route.view === "target" || route.view === "agent";
  return (
    <header class="top-bar">
      <a class="mark" href={fleetAddress}>
        <svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true" focusable="false">
          <path d="M1 9h6l3-7 5 12 3-5h3" />
          <circle cx="24.500" cy="9" r="2.500" />
        </svg>
        <span>
          orch-<b>watchdog</b>
        </span>
      </a>
      <nav aria-label="Views">
        <a href={fleetAddress} aria-current={current("fleet") ?? (isInFleet ? "true" : undefined)}>
          Fleet
        </a>
        <a href={runsAddress} aria-current={current("runs")}>
          Runs
        </a>
        <a href={alertsAddress} aria-current={current("alerts")}>
          Alerts{" "}
          {firing > 0 && (
            <span class="count">
              {firing}
              <span class="only-heard"> firing</span>
            </span>
          )}
        </a>
      </nav>
      <LiveMark fleet={fleet} live={live} />
      <button type="button" class="ask" title="Help: colours, keyboard shortcuts, terms" onClick={openHelp}>
        <span aria-hidden="true">?</span>
        <span class="only-heard">Help</span>
      </button>
    </header>
  );
}

const WORDS = {
  lost: "No connection",
  polling: "Polling every 5 s",
  connecting: "Connecting",
  live: "Live",
};

function LiveMark({ fleet: { fetchedAt, error }, live }: Pick<Props, "fleet" | "live">) {
  const now = useNow();
  const state = error ? "lost" : live;
  return (
    <p class={`live ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span>{WORDS[state]}</span>
      {fetchedAt !== undefined && <span class="muted age">{formatSpan(fetchedAt, now)} ago</span>}
    </p>
  );
}
