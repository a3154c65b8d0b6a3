import { testEveryTarget } from "./every-target.ts";

testEveryTarget(50);
