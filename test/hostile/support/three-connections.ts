/** Checks the limits of a listener, against a service that allows three connections. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import tls from "node:tls";
import type { InProcess } from "../../service/in-process.ts";
import { eventually } from "../../support/service.ts";
import { statuses } from "./raw.ts";

const CERTIFICATE = new URL("../../support/tls/certificate.pem", import.meta.url).pathname;
const KEY = new URL("../../support/tls/key.pem", import.meta.url).pathname;
const REQUEST = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";

export const THREE_CONNECTIONS = ["--max-connections", "3"];
export const OVER_TLS = [...THREE_CONNECTIONS, "--tls-certificate", CERTIFICATE, "--tls-key", KEY];

/** A handshake that never starts counts as an idle connection too. */
export const expectLimitsOverTls = (service: InProcess): Promise<void> => {
  const port = Number(new URL(service.url).port);
  return expectLimits(
    service,
    () => connect(port, "127.0.0.1"),
    () => tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }),
  );
};

export const expectLimitsOnSocket = (service: InProcess): Promise<void> =>
  expectLimits(service, () => connect(service.url.replace("unix:", "")));

/** Opens four silent connections, then one that makes a request and then too many pipelined ones. */
async function expectLimits(service: InProcess, open: () => Socket, over = open): Promise<void> {
  const silent: Socket[] = [];
  for (let index = 0; index < 4; index += 1) {
    const socket = open().on("error", () => {});
    await once(socket, "connect");
    silent.push(socket);
  }
  await eventually("the oldest is closed", () => silent[0]?.resume().destroyed === true);
  const asking = over().on("error", () => {});
  let answers = "";
  asking.on("data", (chunk) => (answers += chunk));
  asking.write(REQUEST);
  await eventually("it is answered", () => statuses(answers).length === 1);
  asking.write(REQUEST.repeat(100));
  await once(asking, "close");
  await eventually("the log says why", () => service.log().includes("without waiting for responses"));
  for (const socket of silent) socket.destroy();
}
