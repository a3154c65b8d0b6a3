import { testEveryTarget } from "./every-target.ts";

testEveryTarget(1_000);
