/**
 * Opens what decides which clients may read, as configured, and refuses to serve other machines without
 * authentication by accident.
 */
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

/** A client needs write permission on a socket to connect. */
const WRITABLE_BY_OTHERS = 0o002;

/** Throws OperatorError for errors that the operator can fix. */
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
    log.warn("every user of this machine can connect to the socket: restrict it with --socket-mode");
  const { openHealth, allowedHosts, corsOrigins } = config;
  // A web page in a browser cannot send a token or a certificate, so the name matters only without them.
  const authenticates = isForOthers && (config.tokenFile !== null || clientCa !== null);
  const isChecked = "host" in place && (!authenticates || allowedHosts.length > 0);
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

/** Resolves the name here, so that the address checked is the address listened on. */
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
  if (tokenFile === null && tlsClientCa === null)
    log.warn(
      `any client that can reach ${host} can read: set --token-file or --tls-client-ca to restrict access`,
    );
  else if (tlsCertificate === null) log.warn("tokens are sent unencrypted: set --tls-certificate");
}
