/**
 * Allows web pages of other origins to read from a browser: fetch.spec.whatwg.org, "CORS protocol". The headers of
 * gRPC-web and Connect clients come from the library's list. Cookies are not used, since tokens authenticate clients.
 */
import { cors } from "@connectrpc/connect";
import type { Request, Response } from "../answer.ts";

const ALLOWED_HEADERS = ["Authorization", ...cors.allowedHeaders].join(", ");
const ALLOWED_METHODS = [...cors.allowedMethods, "HEAD"].join(", ");
const EXPOSED_HEADERS = cors.exposedHeaders.join(", ");
/** The longest time for which Chromium caches a preflight response. */
const MAX_AGE_SECONDS = "7200";

/** Returns a function that sets the CORS headers for these origins. It returns true for a preflight request. */
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
