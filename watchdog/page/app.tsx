/** The frame around every view: the bar, how live the data is, and what a screen reader is told. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alerts, Fleet } from "../api.ts";
import { Announcer } from "./parts/announcer.tsx";
import { Banners } from "./parts/banners.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { parseRoute, type Route, routeTitle } from "./route.ts";
import { serverNow } from "./state/clock.ts";
import { useResource } from "./state/resource.ts";
import { AlertsView } from "./views/alerts.tsx";
import { FleetView } from "./views/fleet.tsx";
import { TargetView } from "./views/target/target.tsx";
import { UnknownView } from "./views/unknown.tsx";
import { isSilenced } from "./words/alerts.ts";

const GAP_MILLISECONDS = 1_000;

export function App() {
  const route = useRoute();
  const fleet = useResource<Fleet>({ key: "fleet", path: () => "api/fleet", gap: GAP_MILLISECONDS });
  const alerts = useResource<Alerts>({ key: "alerts", path: () => "api/alerts", gap: GAP_MILLISECONDS });
  const firing = alerts.data?.open.filter((alert) => alert.state === "firing") ?? [];
  const heard = firing.filter((alert) => !isSilenced(alert, serverNow())).length;
  const title = `${heard > 0 ? `(${heard}) ` : ""}${routeTitle(route)} · orch-watchdog`;
  useEffect(() => {
    document.title = title;
  }, [title]);

  const main = useRef<HTMLElement>(null);
  useFocusOnNewView(route, main);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TopBar route={route} fleet={fleet} firing={heard} />
      <Banners fleet={fleet} />
      <main id="main" tabIndex={-1} ref={main}>
        {route.view === "fleet" && <FleetView fleet={fleet} />}
        {route.view === "alerts" && <AlertsView alerts={alerts} />}
        {route.view === "target" && (
          <TargetView key={route.name} name={route.name} runId={route.runId} refetchAlerts={alerts.refetch} />
        )}
        {route.view === "unknown" && <UnknownView address={route.address} />}
      </main>
      <Announcer alerts={alerts.data} />
    </>
  );
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

/** A keyboard or a screen reader goes on at the new view's start, not at the link that is no longer there. */
function useFocusOnNewView(route: Route, main: { current: HTMLElement | null }): void {
  const place = route.view === "target" ? `target/${route.name}` : route.view;
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place]);
}
