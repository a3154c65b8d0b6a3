/** Decides for each request whether the client may read, before anything else is examined: by Host header and token. */
import { Code } from "@connectrpc/connect";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import { hostChecker, splitTarget } from "../../../shared/host-names.ts";
import { bearsToken, type TokenDigests } from "../../../shared/tokens.ts";
import type { Watched } from "../../watched-files.ts";
import { type Answer, errorAnswer, type Request, type Response } from "../answer.ts";
import { badAuthority } from "../error-responses.ts";
import { corsFor } from "./cors.ts";

export interface GateOptions {
  /** Undefined: no token is required. */
  readonly tokens?: Watched<TokenDigests> | undefined;
  /** Whether health requests need no token. Default: true. */
  readonly openHealth?: boolean | undefined;
  /** Accepted Host header values; "any" disables the check. Default: `localhost` and loopback addresses. */
  readonly hosts?: HostOptions | "any" | undefined;
  /** Origins whose web pages may read. */
  readonly corsOrigins?: readonly string[] | undefined;
}

/** Returns the response to a refused or preflight request. Undefined: the request may continue. */
export type Gate = (request: Request, response: Response, path: string) => Answer | undefined;

const HEALTH: readonly string[] = [
  "/health",
  "/ready",
  ...Health.methods.map(({ name }) => `/${Health.typeName}/${name}`),
];

/** Whether a request concerns the server as a whole (RFC 9110, section 9.3.7), such as HAProxy's health check `OPTIONS /`. */
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
  /** Whether to accept every address, for a listener that other machines can reach. */
  readonly anyAddress?: boolean;
}

/** A request without a host passes, since no browser sends one. */
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
