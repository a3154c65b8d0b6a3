/** The thresholds: what they are called in the file, what each means, and what it is when the file does not say. */
import { DEFAULT_JUDGEMENT, type JudgementThresholds } from "../judgement/thresholds.ts";
import { type AllRuleSettings, RULES } from "./rules.ts";

export interface Thresholds {
  readonly judgement: JudgementThresholds;
  readonly rules: AllRuleSettings;
  readonly budget: { readonly per_hour_usd?: number; readonly per_day_usd?: number };
  readonly polling: { readonly slow_seconds: number; readonly stale_seconds: number };
  readonly alerts: { readonly resolve_after_seconds: number };
}

/** What the file may hold: any part of it. */
export type ThresholdsPart = {
  readonly judgement?: Readonly<Record<string, number>>;
  readonly rules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly budget?: Readonly<Record<string, number | null>>;
  readonly polling?: Readonly<Record<string, number>>;
};

export interface ThresholdsFile extends ThresholdsPart {
  readonly alerts?: Readonly<Record<string, number>>;
  /** For single targets, by name. */
  readonly targets?: Readonly<Record<string, ThresholdsPart | null>> | null;
}

export interface NumberDefinition {
  /** Absent: there is none until somebody sets it. */
  readonly value?: number;
  readonly describe: string;
}

export const JUDGEMENT: Readonly<Record<keyof JudgementThresholds, string>> = {
  hungSeconds: "so long without any sign of life, of it and its descendants, is hung",
  fruitlessSeconds: "awake for so long with nothing to show is hung too",
  spinningSeconds: "computing for so long with nothing to show is spinning",
  spinningCores: "the share of one core from which computing may be spinning",
  workingCores: "the share of one core from which a process counts as computing",
  recentSeconds: "what happened in so long until now decides between working and waiting",
  maxGapSeconds: "readings further apart are not compared; more than two polls",
  orphanedSeconds: "a live agent whose task is finished for so long is orphaned",
  processLagSeconds: "a process that started so much later than its run is another one",
  processLeadSeconds: "one that started so much before its run is none of its own; 0: it may, as in a pool",
  quietSwitchesPerMinute:
    "so many voluntary switches a minute are a runtime's housekeeping, and still silence",
};

export const BUDGET: Readonly<Record<"per_hour_usd" | "per_day_usd", NumberDefinition>> = {
  per_hour_usd: { describe: "US dollars that an hour may cost" },
  per_day_usd: { describe: "US dollars that a day may cost" },
};

export const POLLING = {
  slow_seconds: { value: 2, describe: "an answer that takes longer is slow" },
  stale_seconds: { value: 60, describe: "an answer that stays the same for so long is stale" },
} as const satisfies Readonly<Record<string, NumberDefinition>>;

export const ALERTS = {
  resolve_after_seconds: {
    value: 30,
    describe: "a condition must be absent for so long before its alert is resolved",
  },
} as const satisfies Readonly<Record<string, NumberDefinition>>;

export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const DEFAULT_THRESHOLDS: Thresholds = {
  judgement: DEFAULT_JUDGEMENT,
  rules: Object.fromEntries(
    Object.entries(RULES).map(([name, { severity, forSeconds, numbers }]) => [
      name,
      {
        enabled: true,
        severity,
        for_seconds: forSeconds,
        ...Object.fromEntries(Object.entries(numbers).map(([key, { value }]) => [key, value])),
      },
    ]),
  ) as unknown as AllRuleSettings,
  budget: {},
  polling: {
    slow_seconds: POLLING.slow_seconds.value,
    stale_seconds: POLLING.stale_seconds.value,
  },
  alerts: { resolve_after_seconds: ALERTS.resolve_after_seconds.value },
};

/** The defaults, with what the file says for all, and over it what it says for this target. */
export function thresholdsOf(file: ThresholdsFile, target?: string): Thresholds {
  const forAll = merge(DEFAULT_THRESHOLDS, file);
  const own = target === undefined ? undefined : file.targets?.[target];
  return own ? merge(forAll, own) : forAll;
}

function merge(base: Thresholds, part: ThresholdsFile): Thresholds {
  const judgement: Record<string, number> = { ...base.judgement };
  for (const name of Object.keys(base.judgement)) {
    const value = part.judgement?.[snakeCase(name)];
    if (value !== undefined) judgement[name] = value;
  }
  const rules = Object.fromEntries(
    Object.entries(base.rules).map(([name, settings]) => [name, { ...settings, ...part.rules?.[name] }]),
  );
  // Null takes away, for one target, what is set for all.
  const budget = Object.fromEntries(
    Object.entries({ ...base.budget, ...part.budget }).filter(([, value]) => value !== null),
  );
  return {
    judgement: judgement as unknown as JudgementThresholds,
    rules: rules as unknown as AllRuleSettings,
    budget,
    polling: { ...base.polling, ...part.polling },
    alerts: { ...base.alerts, ...part.alerts },
  };
}
