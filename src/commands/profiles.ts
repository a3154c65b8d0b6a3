/** `orch-metrics profiles`: lists the shipped profiles, one per line. */
import { aligned } from "../../shared/settings-help.ts";
import { CAPABILITIES, capabilitiesOf } from "../profiles/capabilities.ts";
import { shippedProfiles } from "../profiles/shipped.ts";

export async function profiles(): Promise<void> {
  const header = ["PROFILE", "VERSION", "DATABASE", ...CAPABILITIES.map((name) => name.toUpperCase())];
  const byName = Map.groupBy(shippedProfiles(), ({ name }) => name);
  const rows = [...byName].map(([name, dialects]) => {
    const [version = ""] = /\d[\d.]*/.exec(dialects[0]?.versions ?? "") ?? [];
    const databases = dialects.length > 1 ? "both" : (dialects[0]?.dialect ?? "");
    const gives = dialects.map(capabilitiesOf);
    const marks = CAPABILITIES.map((one) => (gives.some((given) => given.has(one)) ? "yes" : "-"));
    return [name, version, databases, ...marks];
  });
  process.stdout.write(`${aligned([header, ...rows]).join("\n")}\n`);
}
