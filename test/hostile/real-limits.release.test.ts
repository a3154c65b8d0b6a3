/** The longest time limit for a slow client, as the program sets it. */
import { it } from "vitest";
import { underAttack } from "./support/attack.ts";
import { expectIdleAreCut, fillLargely } from "./support/slow-clients.ts";

const attack = underAttack({ fill: fillLargely });

it(
  "a client that is slow between requests is disconnected after 75 seconds, while a streaming call continues",
  {
    timeout: 150_000,
  },
  () => expectIdleAreCut(attack.service, 75),
);
