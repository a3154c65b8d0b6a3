/** One orchestrator from the server, and the refresh after a silence. */
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
