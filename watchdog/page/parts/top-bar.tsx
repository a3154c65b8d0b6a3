/** The bar on top: where one is, how live the data is, and the choice of colours. */
import type { Fleet } from "../../api.ts";
import { alertsAddress, fleetAddress, type Route } from "../route.ts";
import { useNow } from "../state/clock.ts";
import { useLiveState } from "../state/live.ts";
import type { Resource } from "../state/resource.ts";
import { THEMES, type Theme, useTheme } from "../state/theme.ts";
import { formatDuration } from "../words/format.ts";
import type { IconName } from "./icon.tsx";
import { Segments } from "./segments.tsx";

export function TopBar({ route, fleet, firing }: { route: Route; fleet: Resource<Fleet>; firing: number }) {
  const inFleet = route.view === "fleet" || route.view === "target";
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
        <a
          href={fleetAddress}
          {...(inFleet ? { "aria-current": route.view === "fleet" ? "page" : "true" } : {})}
        >
          Fleet
        </a>
        <a href={alertsAddress} {...(route.view === "alerts" ? { "aria-current": "page" } : {})}>
          Alerts{" "}
          {firing > 0 && (
            <span class="count">
              {firing}
              <span class="only-heard"> firing</span>
            </span>
          )}
        </a>
      </nav>
      <LiveMark fleet={fleet} />
      <ThemeChoice />
    </header>
  );
}

function LiveMark({ fleet }: { fleet: Resource<Fleet> }) {
  const live = useLiveState();
  const now = useNow();
  const age = fleet.fetchedAt === undefined ? undefined : (now - fleet.fetchedAt) / 1_000;
  const failing = fleet.error !== undefined;
  const state = failing ? "lost" : live === "lost" ? "asking" : live;
  const words = { lost: "No connection", asking: "Asking every 5 s", connecting: "Connecting", live: "Live" };
  return (
    <p class={`live ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span>{words[state]}</span>
      {age !== undefined && <span class="muted age">{formatDuration(age)} ago</span>}
    </p>
  );
}

const ICONS: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };

function ThemeChoice() {
  const [theme, choose] = useTheme();
  const options = THEMES.map((name) => ({ value: name, word: name, icon: ICONS[name] }));
  return (
    <div class="themes">
      <Segments legend="Colours" options={options} value={theme} choose={choose} />
    </div>
  );
}
