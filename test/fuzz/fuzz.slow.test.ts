import { testEveryTarget } from "./every-target.ts";

testEveryTarget(2_000);
