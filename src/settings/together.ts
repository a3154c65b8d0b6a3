/** Settings that mean nothing without another, and those that one service cannot have both. */
import type { SettingName } from "../settings.ts";

export const NEEDS: readonly (readonly [SettingName, SettingName])[] = [
  ["tlsCertificate", "tlsKey"],
  ["tlsKey", "tlsCertificate"],
  ["tlsClientCa", "tlsCertificate"],
  ["socketMode", "socket"],
  ["socketGroup", "socket"],
];

/** A socket is in place of the port, and its file's mode says who may connect. */
export const EXCLUDES: readonly (readonly [SettingName, SettingName])[] = [
  ["socket", "host"],
  ["socket", "port"],
  ["socket", "tlsCertificate"],
];
