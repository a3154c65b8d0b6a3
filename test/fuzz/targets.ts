/** Every target, in the order of `npm run fuzz`. */

import type { FuzzTarget } from "./target.ts";
import { sqliteCells } from "./targets/cells.ts";
import {
  configuration,
  targetsFile,
  thresholdsFile,
  watchdogConfiguration,
} from "./targets/configuration.ts";
import { client, envelopes } from "./targets/envelopes.ts";
import { accept, path, traceparent } from "./targets/headers.ts";
import { auxiliaryVector, bootTime, counterFiles, mountinfo, pid, stat } from "./targets/procfs.ts";
import { profile } from "./targets/profile.ts";
import { http1Requests, http2Requests } from "./targets/rpc.ts";

export const TARGETS: readonly FuzzTarget[] = [
  profile,
  stat,
  counterFiles,
  mountinfo,
  auxiliaryVector,
  bootTime,
  pid,
  configuration,
  watchdogConfiguration,
  thresholdsFile,
  targetsFile,
  accept,
  traceparent,
  path,
  http1Requests,
  http2Requests,
  client,
  envelopes,
  sqliteCells,
];
