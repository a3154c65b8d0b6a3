/** One page of a long list, with links to the others. */
import type { ComponentChildren } from "preact";
import { formatCount } from "../../words/format.ts";
import { useParameters } from "../state/address.ts";

const PAGE_ROWS = 50;

/** The address holds the page number. */
export function usePage<T>(items: readonly T[]): [readonly T[], ComponentChildren] {
  const [parameters, change] = useParameters();
  const pages = Math.max(1, Math.ceil(items.length / PAGE_ROWS));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(parameters.get("page"))) || 1));
  const first = (page - 1) * PAGE_ROWS;
  const turn = (to: number) => change({ page: to === 1 ? "" : String(to) });
  const rows = items.slice(first, first + PAGE_ROWS);
  if (pages === 1) return [rows, null];
  const buttons = (
    <nav class="pager" aria-label="Pages">
      <button type="button" aria-disabled={page === 1} onClick={() => page > 1 && turn(page - 1)}>
        Previous
      </button>
      <span>
        {formatCount(first + 1)} to {formatCount(first + rows.length)} of {formatCount(items.length)}
      </span>
      <button type="button" aria-disabled={page === pages} onClick={() => page < pages && turn(page + 1)}>
        Next
      </button>
    </nav>
  );
  return [rows, buttons];
}
