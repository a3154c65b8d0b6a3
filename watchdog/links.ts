/** Links to the page and the runbooks, for alerts. */
import type { Alert } from "./api.ts";
import { OWN_NAME } from "./config/targets-file.ts";

/** A longer part does not fit into a message. */
const LONGEST_PART = 300;

/** `url` is the page's address; `runbooks` is the base of external runbooks, or null. */
export function linksTo(url: string, runbooks: string | null) {
  return {
    url,
    page({ target, labels }: Alert): string {
      if (target === OWN_NAME) return `${url}/`;
      const run = labels.run_id === undefined ? "" : `/runs/${encodeURIComponent(labels.run_id)}`;
      return `${url}/#/orchestrators/${encodeURIComponent(target)}${run.length > LONGEST_PART ? "" : run}`;
    },
    runbook: (rule: string, fingerprint: string): string =>
      runbooks === null ? `${url}/runbooks/${rule}?alert=${fingerprint}` : `${runbooks}/${rule}`,
  };
}
