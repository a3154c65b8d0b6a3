/** Who may read, decided for each request before anything of it is looked at: which host it calls, and who asks. */
import { Code } from "@connectrpc/connect";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import { hostChecker, splitTarget } from "../../../shared/host-names.ts";
import type { Watched } from "../../watched-files.ts";
import { type Answer, errorAnswer, type Request, type Response } from "../answer.ts";
import { badAuthority } from "../error-responses.ts";
import { bearsToken, type TokenDigests } from "./bearer-tokens.ts";
import { corsFor } from "./cors.ts";

export interface GateOptions {
  /** Undefined: nobody is asked for a token. */
  readonly tokens?: Watched<TokenDigests> | undefined;
  /** Whether health is answered without a token; default true. */
  readonly openHealth?: boolean | undefined;
  /** By which names requests may address this machine; "any": not checked. Default: as `localhost` alone. */
  readonly hosts?: HostOptions | "any" | undefined;
  /** The origins whose pages may read. */
  readonly corsOrigins?: readonly string[] | undefined;
}

/** Why a request is not answered, or what a browser asks before one; undefined: it may go on. */
export type Gate = (request: Request, response: Response, path: string) => Answer | undefined;

const HEALTH: readonly string[] = [
  "/health",
  "/ready",
  ...Health.methods.map(({ name }) => `/${Health.typeName}/${name}`),
];

/** Whether a request is about the server as a whole (RFC 9110, section 9.3.7): HAProxy's health check is `OPTIONS /`. */
export function asksServer({ method }: Request, path: string): boolean {
  return method === "OPTIONS" && ["*", "/", ""].includes(path);
}

const WRONG_TOKEN = errorAnswer(
  Code.Unauthenticated,
  "missing or invalid bearer token in the Authorization header",
  { headers: { "www-authenticate": "Bearer" } },
);
const PREFLIGHT: Answer = { status: 204, body: "" };

export function createGate({
  tokens,
  openHealth = true,
  hosts = { names: [] },
  corsOrigins = [],
}: GateOptions): Gate {
  const wrongHost = hosts === "any" ? undefined : hostCheck(hosts);
  const isPreflight = corsOrigins.length > 0 ? corsFor(corsOrigins) : undefined;
  return (request, response, path) => {
    const refused = wrongHost?.(request);
    if (refused) return refused;
    if (isPreflight?.(request, response)) return PREFLIGHT;
    const isHealth = HEALTH.includes(path) || asksServer(request, path);
    if (!tokens || (openHealth && isHealth)) return undefined;
    return bearsToken(request.headers.authorization, tokens.value) ? undefined : WRONG_TOKEN;
  };
}

const MALFORMED = badAuthority();

export interface HostOptions {
  /** Besides `localhost` and loopback addresses. */
  readonly names: readonly string[];
  /** Whether every address is allowed, as for a listener that others reach. */
  readonly anyAddress?: boolean;
}

/** One that names no host goes on: it comes from no browser. */
function hostCheck({ names, ...options }: HostOptions): (request: Request) => Answer | undefined {
  const check = hostChecker(names, options);
  return (request) => {
    const { headers, url } = request;
    const authority = splitTarget(url).authority ?? headers[":authority"]?.toString() ?? headers.host;
    const verdict = authority === undefined ? "allowed" : check(authority);
    if (verdict === "allowed") return undefined;
    if (verdict === "malformed") return MALFORMED;
    return errorAnswer(
      Code.PermissionDenied,
      `Host header ${JSON.stringify(authority)} is not allowed: add its name with --allowed-hosts`,
    );
  };
}
