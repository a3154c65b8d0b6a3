/** What one rule says of an agent. */
import type { Verdict } from "./verdict.ts";

/** A verdict; without `since` it holds from the first reading of an unbroken row that gave its name. */
export type Finding = Omit<Verdict, "since"> & { readonly since?: number };
