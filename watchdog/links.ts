/** Links to the page, as alerts hold them. */
import type { Alert } from "./api.ts";
import { OWN_NAME } from "./config/targets-file.ts";

/** A longer one would not fit into a message. */
const LONGEST_PART = 300;

export interface Links {
  readonly url: string;
  page(alert: Alert): string;
  runbook(rule: string, fingerprint: string): string;
}

/** `url` is the page's; `runbooks` the base of runbooks that are elsewhere, or null. */
export function linksTo(url: string, runbooks: string | null): Links {
  return {
    url,
    page({ target, labels }) {
      if (target === OWN_NAME) return `${url}/`;
      const run = labels.run_id === undefined ? "" : `/runs/${encodeURIComponent(labels.run_id)}`;
      return `${url}/#/orchestrators/${encodeURIComponent(target)}${run.length > LONGEST_PART ? "" : run}`;
    },
    runbook: (rule, fingerprint) =>
      runbooks === null ? `${url}/runbooks/${rule}?alert=${fingerprint}` : `${runbooks}/${rule}`,
  };
}
