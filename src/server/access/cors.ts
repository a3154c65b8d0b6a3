/**
 * Which pages of other origins may read from a browser: fetch.spec.whatwg.org, "CORS protocol". What gRPC-web and
 * Connect clients send and must see is the library's own list. No cookies: who may read is told by a token.
 */
import { cors } from "@connectrpc/connect";
import type { Request, Response } from "../answer.ts";

const ALLOWED_HEADERS = ["Authorization", ...cors.allowedHeaders].join(", ");
const ALLOWED_METHODS = [...cors.allowedMethods, "HEAD"].join(", ");
const EXPOSED_HEADERS = cors.exposedHeaders.join(", ");
/** As long as browsers keep it: Chromium's limit. */
const MAX_AGE_SECONDS = "7200";

/** Marks what a page of one of these origins may read. Answers a browser's question before a request, and says so. */
export function corsFor(origins: readonly string[]): (request: Request, response: Response) => boolean {
  return (request, response) => {
    const { origin } = request.headers;
    response.setHeader("vary", "origin");
    if (origin === undefined || !origins.includes(origin)) return false;
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined)
      return false;
    response.setHeader("access-control-allow-methods", ALLOWED_METHODS);
    response.setHeader("access-control-allow-headers", ALLOWED_HEADERS);
    response.setHeader("access-control-max-age", MAX_AGE_SECONDS);
    return true;
  };
}
