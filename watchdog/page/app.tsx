/** The frame around every view: the top bar, banners, and announcements for screen readers. */
import { useEffect, useRef } from "preact/hooks";
import type { Alerts, Fleet } from "../api.ts";
import { isSilenced } from "../words/states.ts";
import { Announcer } from "./parts/announcer.tsx";
import { Banners } from "./parts/banners.tsx";
import { Help } from "./parts/help.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { fleetAddress, parseRoute, type Route, routeTitle } from "./route.ts";
import { useHash } from "./state/address.ts";
import { Standstill, serverNow } from "./state/clock.ts";
import { useFavicon } from "./state/favicon.ts";
import { useKeys } from "./state/keys.ts";
import { useLive } from "./state/live.ts";
import { useResource } from "./state/resource.ts";
import { AgentView } from "./views/agent/agent.tsx";
import { AlertsView } from "./views/alerts.tsx";
import { FleetView } from "./views/fleet.tsx";
import { RunsView } from "./views/runs.tsx";
import { TargetView } from "./views/target/target.tsx";

export function App() {
  const route = parseRoute(useHash());
  const live = useLive();
  const fleet = useResource<Fleet>("api/fleet");
  const alerts = useResource<Alerts>("api/alerts");
  const firing = alerts.data?.open.filter((alert) => alert.state === "firing") ?? [];
  const heard = firing.filter((alert) => !isSilenced(alert, serverNow())).length;
  const title = `${heard > 0 ? `(${heard}) ` : ""}${routeTitle(route)} · orch-watchdog`;
  useEffect(() => {
    document.title = title;
  }, [title]);

  const main = useRef<HTMLElement>(null);
  useFocusOnNewView(route, main);
  useFavicon(heard > 0);
  useKeys();
  const [only, ...others] = fleet.data?.targets ?? [];
  const alone = only && others.length === 0 ? only.name : undefined;
  // With a single orchestrator, the fleet view shows that orchestrator.
  const name = route.view === "target" ? route.name : route.view === "fleet" ? alone : undefined;

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TopBar route={route} fleet={fleet} live={live} firing={heard} />
      <Banners fleet={fleet} />
      <main id="main" tabIndex={-1} ref={main}>
        <Standstill.Provider value={fleet.error && fleet.fetchedAt}>
          {route.view === "fleet" && name === undefined && <FleetView fleet={fleet} />}
          {route.view === "alerts" && <AlertsView alerts={alerts} />}
          {route.view === "runs" && <RunsView />}
          {name !== undefined && <TargetView key={name} name={name} isAlone={alone === name} />}
          {route.view === "agent" && (
            <AgentView key={`${route.name}/${route.runId}`} name={route.name} runId={route.runId} />
          )}
          {route.view === "unknown" && (
            <>
              <h1>No such view</h1>
              <div class="empty">
                There is no view at <code>{route.address}</code>. <a href={fleetAddress}>Go to the fleet</a>
              </div>
            </>
          )}
        </Standstill.Provider>
      </main>
      <Announcer alerts={alerts.data} />
      <Help />
    </>
  );
}

/** Moves the focus to the start of the new view, since the link that had it is gone. */
function useFocusOnNewView(route: Route, main: { current: HTMLElement | null }): void {
  const place = Object.values(route).join("/");
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place]);
}
