/**
 * Formats metric families in the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats)
 * or OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec). prom-client renders the same from registered
 * objects that would have to be refilled for each scrape, which takes many times as long.
 */
import type { Family } from "./metric-family.ts";

export type TextFormat = "prometheus" | "openmetrics";

export function expositionText(families: readonly Family[], format: TextFormat): string {
  const text = families.map((family) => familyText(family, format)).join("");
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}

/** Omits a family without samples. */
function familyText({ name, type, help, samples }: Family, format: TextFormat): string {
  if (samples.length === 0) return "";
  // In OpenMetrics, the name of a counter's family lacks the suffix of its samples.
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  let text = `# HELP ${family} ${escapedHelp(help)}\n# TYPE ${family} ${type}\n`;
  for (const { labels, value } of samples) text += `${name}${labels} ${numberText(value)}\n`;
  return text;
}

function escapedHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
