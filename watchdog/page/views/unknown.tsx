import { Empty } from "../parts/states.tsx";
import { fleetAddress } from "../route.ts";

export function UnknownView({ address }: { address: string }) {
  return (
    <>
      <h1>No such view</h1>
      <Empty>
        Nothing is at <code>{address}</code>. <a href={fleetAddress}>To the fleet</a>
      </Empty>
    </>
  );
}
