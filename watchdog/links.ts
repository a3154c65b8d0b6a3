/** Links to the page and the runbooks, for alerts. */
import type { Alert } from "./api.ts";
import { OWN_NAME } from "./config/targets-file.ts";

/** A longer part does not fit into a message. */
const LONGEST_PART = 300;

export interface Links {
  readonly url: string;
  page(alert: Alert): string;
  runbook(rule: string, fingerprint: string): string;
}

/** `url` is the page's address; `runbooks` is the base of external runbooks, or null. */
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
