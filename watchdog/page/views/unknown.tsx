import { Empty } from "../parts/states.tsx";
import { fleetAddress } from "../route.ts";

export function UnknownView({ address }: { address: string }) {
  return (
    <>
      <h1>No such view</h1>
      <Empty>
        There is no view at <code>{address}</code>. <a href={fleetAddress}>Go to the fleet</a>
      </Empty>
    </>
  );
}
