/** Opens what decides who may read, as the configuration names it, and refuses to be open to others by accident. */
import { lookup } from "node:dns/promises";
import { isLoopbackAddress } from "../shared/host-names.ts";
import type { Logger } from "../shared/log.ts";
import { OperatorError, UsageError } from "../shared/operator-error.ts";
import { watchTokenFile } from "./server/access/bearer-tokens.ts";
import { createGate, type Gate } from "./server/access/gate.ts";
import type { Place } from "./server/listen.ts";
import { type TlsIdentity, watchTlsFiles } from "./server/tls-server.ts";
import { groupId, type UnixSocket } from "./server/unix-socket.ts";
import type { Config } from "./settings.ts";
import type { Watched } from "./watched-files.ts";

export interface OpenAccess {
  readonly place: Place;
  readonly tls: Watched<TlsIdentity> | undefined;
  readonly gate: Gate;
  close(): void;
}

/** Connecting to a socket takes the right to write. */
const WRITABLE_BY_OTHERS = 0o002;

/** Throws OperatorError for what its user can fix. */
export async function openAccess(config: Config, log: Logger, lookSeconds?: number): Promise<OpenAccess> {
  const place = config.socket === null ? await portOf(config) : socketOf(config, config.socket);
  const isForOthers = "host" in place && !isLoopbackAddress(place.host);
  if (isForOthers) refuseAnonymous(config);
  const report = (level: "info" | "warn", message: string) => log[level](message);
  const tokens =
    config.tokenFile === null ? undefined : watchTokenFile(config.tokenFile, report, lookSeconds);
  const { tlsCertificate: certificate, tlsKey: key, tlsClientCa: clientCa } = config;
  const tls =
    certificate === null || key === null
      ? undefined
      : watchTlsFiles({ certificate, key, clientCa }, report, lookSeconds);
  if (isForOthers) warnOfOthers(config, log);
  if ("path" in place && (place.mode & WRITABLE_BY_OTHERS) !== 0 && config.tokenFile === null)
    log.warn("every user of this machine can read through the socket: its mode lets all of them connect");
  const { openHealth, allowedHosts, corsOrigins } = config;
  // A page in a browser has no token and no certificate, so only what is open to everybody depends on the name.
  const asksWho = isForOthers && (config.tokenFile !== null || clientCa !== null);
  const isChecked = "host" in place && (!asksWho || allowedHosts.length > 0);
  return {
    place,
    tls,
    gate: createGate({
      tokens,
      openHealth,
      corsOrigins,
      hosts: isChecked ? { names: allowedHosts, anyAddress: isForOthers } : "any",
    }),
    close() {
      tokens?.close();
      tls?.close();
    },
  };
}

/** The address itself, so that what is judged here is what is listened on. */
async function portOf({ host, port }: Config): Promise<Place> {
  try {
    return { host: (await lookup(host)).address, port };
  } catch {
    throw new OperatorError(`cannot resolve ${JSON.stringify(host)}: use an address of this machine`);
  }
}

function socketOf({ socketMode, socketGroup }: Config, path: string): UnixSocket {
  const group = socketGroup === null ? undefined : groupId(socketGroup);
  if (socketGroup !== null && group === undefined)
    throw new OperatorError(
      `--socket-group: unknown group ${JSON.stringify(socketGroup)}: use a group of this machine, or its number`,
    );
  return { path, group, mode: socketMode ?? (group === undefined ? 0o600 : 0o660) };
}

function refuseAnonymous({ host, tokenFile, tlsClientCa, allowAnonymous }: Config): void {
  if (tokenFile !== null || tlsClientCa !== null || allowAnonymous) return;
  throw new UsageError(
    `refusing to listen on ${host} without authentication: set --token-file, --tls-client-ca or --allow-anonymous`,
  );
}

function warnOfOthers({ host, tokenFile, tlsCertificate, tlsClientCa }: Config, log: Logger): void {
  if (tokenFile === null && tlsClientCa === null) log.warn(`whoever reaches ${host} may read`);
  else if (tlsCertificate === null) log.warn("tokens travel as plain text; give --tls-certificate");
}
