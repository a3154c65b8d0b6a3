/** One orchestrator as the server shows it, and what to do once somebody silenced one of its alerts. */
import type { Target } from "../../api.ts";
import { useResource } from "./resource.ts";

const GAP_MILLISECONDS = 1_000;

export function useTarget(name: string, refetchAlerts: () => void) {
  const resource = useResource<Target>({
    key: `target/${name}`,
    path: () => `api/targets/${encodeURIComponent(name)}`,
    target: name,
    gap: GAP_MILLISECONDS,
  });
  const changed = () => {
    resource.refetch();
    refetchAlerts();
  };
  return { ...resource, changed };
}
