/**
 * Which view the address names. The part after `#` is used, so that the server has one document and every view can
 * be linked and kept as a bookmark.
 */

export type Route =
  | { readonly view: "fleet" }
  | { readonly view: "alerts" }
  | { readonly view: "target"; readonly name: string; readonly runId?: string }
  | { readonly view: "unknown"; readonly address: string };

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/").map(decode);
  const [first, name, third, runId] = parts;
  if (parts.length === 1 && first === "") return { view: "fleet" };
  if (parts.length === 1 && first === "alerts") return { view: "alerts" };
  if (first === "orchestrators" && name) {
    if (parts.length === 2) return { view: "target", name };
    if (parts.length === 4 && third === "runs" && runId) return { view: "target", name, runId };
  }
  return { view: "unknown", address: hash };
}

export const fleetAddress = "#/";
export const alertsAddress = "#/alerts";

export function targetAddress(name: string, runId?: string): string {
  const target = `#/orchestrators/${encodeURIComponent(name)}`;
  return runId === undefined ? target : `${target}/runs/${encodeURIComponent(runId)}`;
}

export function routeTitle(route: Route): string {
  switch (route.view) {
    case "fleet":
      return "Fleet";
    case "alerts":
      return "Alerts";
    case "target":
      return route.runId === undefined ? route.name : `Run ${route.runId} · ${route.name}`;
    case "unknown":
      return "No such view";
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
