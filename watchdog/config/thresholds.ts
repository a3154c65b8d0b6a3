/** The thresholds file: its schema, its defaults as text, and the resulting thresholds of a target. */
import { didYouMean, nearest } from "../../shared/nearest.ts";
import { JUDGEMENT, type JudgementThresholds } from "../judgement/thresholds.ts";
import { LINK_PLACEHOLDERS } from "../link-placeholders.ts";
import { boundsOf, defaultsOf, linesOf, mapValues, type Numbers, schemaOf } from "./numbers.ts";
import { RETIRED_KEYS } from "./retired-thresholds.ts";
import { RULES, type RuleName, type RuleSettings, SEVERITIES } from "./rules.ts";
import { parseChecked } from "./yaml-file.ts";

/** The sections of numbers in the file, in this order. */
const SECTIONS = {
  judgement: JUDGEMENT,
  budget: {
    per_hour_usd: [null, "budget for one hour, in US dollars"],
    per_day_usd: [null, "budget for one day, in US dollars"],
  },
  polling: {
    slow_seconds: [2, "an answer that takes longer is slow"],
    stale_seconds: [60, "an answer that stays the same this long is stale"],
  },
  alerts: {
    resolve_after_seconds: [30, "how long a condition must be absent before its alert is resolved"],
  },
} satisfies Readonly<Record<string, Numbers>>;

type NumbersIn<Section extends keyof typeof SECTIONS> = Readonly<
  Record<keyof (typeof SECTIONS)[Section], number>
>;

export interface Thresholds {
  readonly judgement: JudgementThresholds;
  readonly rules: { readonly [Name in RuleName]: RuleSettings<Name> };
  /** Absent: no budget. */
  readonly budget: Partial<NumbersIn<"budget">>;
  readonly polling: NumbersIn<"polling">;
  readonly alerts: NumbersIn<"alerts">;
  /** URL templates by link name. */
  readonly links: Readonly<Record<string, string>>;
}

type Part = Readonly<Record<string, unknown>>;

/** The parsed file. Every part is optional, and each value has been checked. */
export type ThresholdsFile = Part & { readonly targets?: Readonly<Record<string, Part | null>> | null };

const closed = (properties: Readonly<Record<string, object>>) => ({
  type: ["object", "null"],
  additionalProperties: false,
  properties,
});

/** Other schemes, such as javascript:, could run code in the page. */
const LINK = {
  type: ["string", "null"],
  pattern: `^https?://(?:[^{}\\s]|\\{(?:${LINK_PLACEHOLDERS.join("|")})\\})+$`,
  description: `an http or https URL, with no placeholder but ${LINK_PLACEHOLDERS.map((name) => `{${name}}`).join(", ")}`,
};

const { alerts, ...ofTarget } = mapValues<Numbers, object>(SECTIONS, (numbers) => closed(schemaOf(numbers)));
const PART = {
  ...ofTarget,
  links: { type: ["object", "null"], additionalProperties: LINK },
  judgement: closed({
    ...schemaOf(SECTIONS.judgement),
    ...Object.fromEntries(RETIRED_KEYS.map((key) => [key, boundsOf(key)])),
  }),
  rules: closed(
    mapValues(RULES, ({ numbers }) =>
      closed({
        enabled: { type: "boolean" },
        severity: { enum: SEVERITIES },
        for_seconds: boundsOf("for_seconds"),
        ...schemaOf(numbers),
      }),
    ),
  ),
};
const SCHEMA = closed({
  ...PART,
  alerts: alerts as object,
  targets: { type: ["object", "null"], additionalProperties: closed(PART) },
});

/** Throws FileErrors. */
export function parseThresholds(text: string, fileName: string): ThresholdsFile {
  return parseChecked(text, fileName, SCHEMA) as ThresholdsFile;
}

/** Returns a warning for each target of the file that is not watched: its name may be misspelt. */
export function unwatchedTargetWarnings(
  { targets }: ThresholdsFile,
  watched: readonly string[],
): readonly string[] {
  return Object.keys(targets ?? {})
    .filter((name) => !watched.includes(name))
    .map(
      (name) =>
        `targets.${name} in the thresholds has no effect: no target has this name${didYouMean(nearest(name, watched))}`,
    );
}

const DEFAULTS: Part = {
  ...mapValues<Numbers, object>(SECTIONS, defaultsOf),
  rules: mapValues(RULES, ({ severity, forSeconds, numbers }) => ({
    enabled: true,
    severity,
    for_seconds: forSeconds,
    ...defaultsOf(numbers),
  })),
};

/**
 * Returns the defaults, overridden by the file's general values, then by its values for this target. Readings at the poll
 * interval are always comparable.
 */
export function thresholdsOf(file: ThresholdsFile, target = "", pollSeconds = 0): Thresholds {
  const merged = overlaid(overlaid(DEFAULTS, file), file.targets?.[target]) as Record<string, Part>;
  const gap = Math.max(Number(merged.judgement?.max_gap_seconds), pollSeconds * 3);
  const links = { ...(file.links as object | null), ...(file.targets?.[target]?.links as object | null) };
  return {
    ...merged,
    judgement: { ...merged.judgement, max_gap_seconds: gap },
    links: Object.fromEntries(Object.entries(links).filter(([, template]) => template !== null)),
    budget: Object.fromEntries(Object.entries(merged.budget ?? {}).filter(([, value]) => value !== null)),
  } as unknown as Thresholds;
}

/** Returns the keys of `base`, with the values of `over` if it has them. */
function overlaid(base: Part, over: Part | null | undefined): Part {
  return Object.fromEntries(
    Object.entries(base).map(([name, value]) => {
      const isMapping = typeof value === "object" && value !== null;
      const given = over && Object.hasOwn(over, name) ? over[name] : undefined;
      if (isMapping) return [name, overlaid(value as Part, given as Part | undefined)];
      return [name, given === undefined ? value : given];
    }),
  );
}

/** Returns the text that `--print-thresholds` prints and docs/watchdog.md contains. */
export function thresholdsText(): string {
  return [
    ...Object.entries(SECTIONS).flatMap(([name, numbers]) => [`${name}:`, ...linesOf(numbers, "  ")]),
    "# Every rule also takes `enabled: false`.",
    "rules:",
    ...Object.entries(RULES).flatMap(([name, { describe, severity, forSeconds, numbers }]) => [
      `  # ${describe}`,
      `  ${name}:`,
      `    severity: ${severity}`,
      `    for_seconds: ${forSeconds}`,
      ...linesOf(numbers, "    "),
    ]),
    "# Links on an agent's page, such as `tracker: https://tracker.example/{work_item}`.",
    "links: {}",
    "# Overrides of judgement, budget, polling, rules and links for one target, by its name.",
    "targets: {}",
    "",
  ].join("\n");
}
