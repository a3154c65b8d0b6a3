/**
 * The view that the address names. Only the part after `#` is used, so that the server has one document and every view
 * has a link.
 */

export type Route =
  | { readonly view: "fleet" }
  | { readonly view: "alerts" }
  | { readonly view: "runs" }
  | { readonly view: "target"; readonly name: string }
  | { readonly view: "agent"; readonly name: string; readonly runId: string }
  | { readonly view: "unknown"; readonly address: string };

export function parseRoute(hash: string): Route {
  const [path = ""] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map(decode);
  const [first, name, third, runId] = parts;
  if (parts.length === 1 && first === "") return { view: "fleet" };
  if (parts.length === 1 && (first === "alerts" || first === "runs")) return { view: first };
  if (first === "orchestrators" && name) {
    if (parts.length === 2) return { view: "target", name };
    if (parts.length === 4 && third === "runs" && runId) return { view: "agent", name, runId };
  }
  return { view: "unknown", address: hash };
}

export const fleetAddress = "#/";
export const alertsAddress = "#/alerts";
export const runsAddress = "#/runs";

export const targetAddress = (name: string): string => `#/orchestrators/${encodeURIComponent(name)}`;

export const agentAddress = (name: string, runId: string): string =>
  `${targetAddress(name)}/runs/${encodeURIComponent(runId)}`;

const TITLES = { fleet: "Fleet", alerts: "Alerts", runs: "Runs", unknown: "No such view" };

export function routeTitle(route: Route): string {
  if (route.view === "target") return route.name;
  if (route.view === "agent") return `Run ${route.runId} · ${route.name}`;
  return TITLES[route.view];
}

/** The parameters of the view: range, order, filters. */
export const parametersOf = (hash: string) => new URLSearchParams(hash.replace(/^[^?]*/, ""));

/** Returns the address of the same view with changed parameters; empty ones are removed. */
export function withParameters(hash: string, changes: Readonly<Record<string, string>>): string {
  const parameters = parametersOf(hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const [path = ""] = (hash || fleetAddress).split("?");
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
