/**
 * Brotli for answers that are made anew for each request. At its default quality of 11, which Connect leaves, 400 kB of
 * JSON take a second of a core; at 4 they take 9 ms and stay smaller than with gzip.
 */
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { compressionBrotli } from "@connectrpc/connect-node";

const compress = promisify(brotliCompress);
const OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

export const quickBrotli: typeof compressionBrotli = {
  ...compressionBrotli,
  compress: async (bytes) => new Uint8Array(await compress(bytes, OPTIONS)),
};
