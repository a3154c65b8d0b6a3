/** Banners about the page as a whole: no connection, or no recording. */
import type { Fleet } from "../../api.ts";
import { sentence } from "../../words/format.ts";
import { refetchAll } from "../state/live.ts";
import type { Resource } from "../state/resource.ts";
import { TimeAndAgo } from "./ago.tsx";
import { Icon } from "./icon.tsx";

export function Banners({ fleet }: { fleet: Resource<Fleet> }) {
  const { data, error, fetchedAt } = fleet;
  return (
    <div class="banners">
      <div role="alert">
        {error && (
          <p class="banner bad">
            <Icon name="octagon" />
            <span>
              <b>{error.message}</b>{" "}
              {fetchedAt === undefined ? (
                "There is nothing to show yet."
              ) : (
                <>
                  The data shown is from <TimeAndAgo time={fetchedAt} />.
                </>
              )}
            </span>
            <button type="button" onClick={refetchAll}>
              Try now
            </button>
          </p>
        )}
      </div>
      {data && !data.recording.on && (
        <p class="banner watch" role="status">
          <Icon name="triangle" />
          <span>
            <b>No history is being recorded.</b> Watching and alerting continue.{" "}
            {data.recording.note && sentence(data.recording.note)}
          </span>
        </p>
      )}
    </div>
  );
}
